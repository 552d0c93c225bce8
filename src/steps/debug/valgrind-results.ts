import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type CallgrindProfile, callgrindProfile, jitAddresses } from '../../import/callgrind.ts';
import { frameNamer } from '../../import/function-names.ts';
import { importIo } from '../../import/import-io.ts';
import { inputFile } from '../../import/input-file.ts';
import type { ChildOutcome } from '../../process/child.ts';
import type { StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { type Summary, summarise } from '../../stacks/summary.ts';
import { formatSummary } from '../../stacks/summary-table.ts';
import type { RunFolder } from '../../util/run-folder.ts';
import { readCachegrind } from '../../valgrind/cachegrind-file.ts';
import { readCheckerReport } from '../../valgrind/checker-report.ts';
import { readMassif } from '../../valgrind/massif-file.ts';
import type { KnownModule } from '../../wasm/known-module.ts';
import { ProfileOutput } from '../flame/profile-output.ts';
import { CheckerOutcome, plural } from './checker-outcome.ts';
import { type CounterOutcome, cachegrindOutcome, massifOutcome } from './counter-outcome.ts';
import { logName, resultName } from './valgrind-command.ts';
import { isChecker, type ValgrindTool } from './valgrind-tools.ts';

interface ResultsOf {
  readonly tool: ValgrindTool;
  /** `demo/echo` */
  readonly name: string;
  readonly folder: RunFolder;
  readonly module: KnownModule;
}

/** Where V8 and others put what perf reads; everything else lies in the run folder. */
const PERF_MAPS = '/tmp';

/** What valgrind left in the folder of a run, read and said. */
export class ValgrindResults {
  readonly #of: ResultsOf;
  readonly #context: TaskContext;
  #checked: CheckerOutcome | undefined;
  #counted: CounterOutcome | undefined;
  #graph: { readonly profile: CallgrindProfile; readonly summary: Summary } | undefined;

  constructor(of: ResultsOf, context: TaskContext) {
    this.#of = of;
    this.#context = context;
  }

  /** Valgrind's own words, of all its processes. */
  async log(): Promise<string> {
    const texts = (await this.#pids()).map(async (pid) =>
      readFile(this.#of.folder.file(`${logName}.${pid}`), 'utf8').catch(() => ''),
    );
    return (await Promise.all(texts)).join('\n');
  }

  /** The result of the program itself, not of a process that it forked. */
  async mainFile(): Promise<string> {
    const [pid = 0] = await this.#pids();
    return this.#of.folder.file(`${resultName[this.#of.tool]}.${pid}`);
  }

  async isEmpty(): Promise<boolean> {
    const found = await stat(await this.mainFile()).catch(() => undefined);
    return found === undefined || found.size === 0;
  }

  get errorCount(): number {
    return this.#checked?.errorCount ?? 0;
  }

  get headline(): string {
    return this.#checked?.headline ?? '';
  }

  get signal(): string | undefined {
    return this.#checked?.report.signal;
  }

  get warnings(): readonly { message: string; hints: readonly string[] }[] {
    return this.#checked?.warnings ?? [];
  }

  /** Reads the main file; callgrind's becomes a graph in the file `shown`. */
  read = async (displayName: string | undefined, io: StepIo): Promise<void> => {
    const { tool } = this.#of;
    if (tool === 'callgrind') return await this.#draw(displayName ?? 'flame.svg', io);
    const path = await this.mainFile();
    const text = await readFile(path, 'utf8').catch(() => '');
    const addresses = await this.#addresses();
    if (isChecker(tool)) {
      this.#checked = new CheckerOutcome(readCheckerReport(text, path), addresses);
      io.retitle(`Found ${this.#checked.headline}`);
      if (!this.#checked.report.isWhole) {
        io.warn('The report is cut: valgrind was ended before it was done, and leaks come last');
      }
    } else if (tool === 'massif') {
      this.#counted = massifOutcome(readMassif(text, path), addresses, this.#context.output.columns);
    } else {
      this.#counted = cachegrindOutcome(readCachegrind(text, path), this.#context.output.columns);
    }
  };

  /** After Ctrl-C: what is known, in one line. */
  async sayPartial(): Promise<void> {
    const { tool, folder } = this.#of;
    const text = await readFile(await this.mainFile(), 'utf8').catch(() => '');
    const say = (note: string): void => this.#context.output.emit({ event: 'note', text: note });
    if (!isChecker(tool)) {
      if (folder.isKept) say('what it counted until then is in the work files');
      return;
    }
    if (text === '') return;
    const outcome = new CheckerOutcome(readCheckerReport(text, 'the report'), await this.#addresses());
    say(`interrupted; until then ${tool} had found ${outcome.headline}`);
    if (outcome.errorCount > 0)
      say(outcome.groups.map((group) => `${group.kind} in ${group.function}`).join(', '));
  }

  /** Prints the result. */
  report(displayName: string | undefined, { exitCode, timedOut }: ChildOutcome): void {
    const { output } = this.#context;
    const { tool, name } = this.#of;
    const common = {
      tool,
      programExitCode: exitCode,
      timedOut,
      ...(displayName === undefined ? {} : { output: displayName }),
    };
    const gap = output.isQuiet ? '' : '\n';
    if (this.#checked !== undefined) {
      const text = this.errorCount === 0 ? `${tool} found no errors in ${name}` : this.#checked.text();
      output.result(`${gap}${text}`, { ...common, ...this.#checked.data });
    } else if (this.#counted !== undefined) {
      output.result(`${gap}${this.#counted.text}`, { ...common, ...this.#counted.data });
    } else if (this.#graph !== undefined) {
      const { profile, summary } = this.#graph;
      const table = formatSummary(summary, { paint: output.paint, columns: output.columns });
      const head = `${output.paint('bold', displayName ?? '')}: ${profile.file.total.toLocaleString('en')} ${profile.measure.unit}`;
      output.result(`${gap}${head}\n\n${table}`, { ...common, unit: profile.measure.unit, ...summary });
    }
  }

  async #draw(displayName: string, io: StepIo): Promise<void> {
    const { folder, name } = this.#of;
    const input = await inputFile(await this.mainFile(), this.#context.cwd, io.signal);
    const options = { event: undefined, dumpFolders: [folder.path, PERF_MAPS], namer: await this.#namer() };
    const profile = await callgrindProfile(input, options, importIo(this.#context));
    const picture = await ProfileOutput.prepare(
      {
        output: displayName,
        format: 'svg',
        title: undefined,
        width: undefined,
        minwidth: '0.1',
        reverse: false,
        inverted: false,
      },
      this.#context,
    );
    await picture.claim();
    try {
      const heading = { title: name, subtitle: 'counted by callgrind', ...profile.measure };
      await picture.write(profile.tree, heading, io.signal);
    } finally {
      await picture.release();
    }
    this.#graph = { profile, summary: summarise(profile.tree, profile.measure) };
    io.retitle(
      `Counted ${plural(profile.file.total, 'instruction')} in ${plural(profile.file.graph.functions.length, 'function')}`,
    );
  }

  /** The program's own process first, then what it forked. */
  async #pids(): Promise<number[]> {
    const names = await readdir(this.#of.folder.path).catch(() => []);
    const logs = names.flatMap((name) => {
      const pid = name.startsWith(`${logName}.`) ? Number(name.slice(logName.length + 1)) : Number.NaN;
      return Number.isInteger(pid) ? [{ pid, path: join(this.#of.folder.path, name) }] : [];
    });
    const born = await Promise.all(
      logs.map(async ({ pid, path }) => ({ pid, at: (await stat(path)).birthtimeMs })),
    );
    return born.sort((a, b) => a.at - b.at || a.pid - b.pid).map(({ pid }) => pid);
  }

  async #addresses(): ReturnType<typeof jitAddresses> {
    const [pid = 0] = await this.#pids();
    return await jitAddresses(pid, [this.#of.folder.path, PERF_MAPS], await this.#namer());
  }

  async #namer(): ReturnType<typeof frameNamer> {
    const { output, env } = this.#context;
    const modules = [this.#of.module];
    return await frameNamer({
      modules,
      env,
      note: (message) => output.emit({ event: 'warning', message, hints: [] }),
    });
  }
}
