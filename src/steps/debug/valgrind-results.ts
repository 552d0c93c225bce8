import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { callgrindProfile, jitAddresses } from '../../import/callgrind.ts';
import { frameNamer } from '../../import/function-names.ts';
import { importIo } from '../../import/import-io.ts';
import { inputFile } from '../../import/input-file.ts';
import type { StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { summarise } from '../../stacks/summary.ts';
import { formatSummary } from '../../stacks/summary-table.ts';
import type { RunFolder } from '../../util/run-folder.ts';
import { readCachegrind } from '../../valgrind/cachegrind-file.ts';
import { readCheckerReport } from '../../valgrind/checker-report.ts';
import { readMassif } from '../../valgrind/massif-file.ts';
import type { KnownModule } from '../../wasm/known-module.ts';
import type { ProfileOutput } from '../flame/profile-output.ts';
import { isChecker, logName, resultName, type ValgrindTool } from './valgrind-command.ts';
import {
  cachegrindReport,
  checkerReport,
  massifReport,
  plural,
  type ValgrindReport,
} from './valgrind-report.ts';

/** A run of one of valgrind's tools on a function. */
export interface ValgrindRun {
  readonly tool: ValgrindTool;
  /** `demo/echo` */
  readonly name: string;
  readonly folder: RunFolder;
  readonly module: KnownModule;
}

/** What valgrind left in the folder of a run. */
export interface ValgrindFiles {
  /** The program itself, not a process that it forked. */
  readonly pid: number;
  /** The result of that process, in the tool's own format. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Valgrind's messages, of all processes. */
  readonly log: string;
}

/** Where V8 and others put what perf reads; everything else lies in the run folder. */
const PERF_MAPS = '/tmp';

/** Finds what a run left, also one that was cut short. */
export async function valgrindFiles({ tool, folder }: ValgrindRun): Promise<ValgrindFiles> {
  const pids = await processesOf(folder);
  const logs = pids.map(
    async (pid) => await readFile(folder.file(`${logName}.${pid}`), 'utf8').catch(() => ''),
  );
  const [pid = 0] = pids;
  const path = folder.file(`${resultName[tool]}.${pid}`);
  const found = await stat(path).catch(() => undefined);
  return { pid, path, sizeBytes: found?.size ?? 0, log: (await Promise.all(logs)).join('\n') };
}

/** The program's own process first, then what it forked. */
async function processesOf(folder: RunFolder): Promise<number[]> {
  const names = await readdir(folder.path).catch(() => []);
  const logs = names.flatMap((name) => {
    const pid = name.startsWith(`${logName}.`) ? Number(name.slice(logName.length + 1)) : Number.NaN;
    return Number.isInteger(pid) ? [{ pid, path: join(folder.path, name) }] : [];
  });
  const born = await Promise.all(
    logs.map(async ({ pid, path }) => ({ pid, at: (await stat(path)).birthtimeMs })),
  );
  return born.sort((a, b) => a.at - b.at || a.pid - b.pid).map(({ pid }) => pid);
}

/** Reads what a tool wrote, under source names; callgrind's counts become the graph `picture`. */
export async function readResult(
  run: ValgrindRun,
  files: ValgrindFiles,
  picture: ProfileOutput | undefined,
  io: StepIo,
  context: TaskContext,
): Promise<ValgrindReport> {
  const { tool } = run;
  if (picture !== undefined) return await drawCounts(run, files.path, picture, io, context);
  const text = await readFile(files.path, 'utf8').catch(() => '');
  const { columns } = context.output;
  if (tool === 'cachegrind') return cachegrindReport(readCachegrind(text, files.path), columns);
  const addresses = await addressesOf(run, files.pid, context);
  if (tool === 'massif') return massifReport(readMassif(text, files.path), addresses, columns);
  const report = checkerReport(readCheckerReport(text, files.path), addresses);
  io.retitle(`Found ${report.found?.headline}`);
  if (report.found?.isWhole === false) {
    io.warn('The report is cut: valgrind was ended before it was done, and leaks come last');
  }
  return report;
}

/** After Ctrl-C: what is known, in one line. */
export async function sayPartial(run: ValgrindRun, context: TaskContext): Promise<void> {
  const { tool, folder } = run;
  const files = await valgrindFiles(run);
  const say = (note: string): void => context.output.emit({ event: 'note', text: note });
  if (!isChecker(tool)) {
    if (folder.isKept) say('what it counted until then is in the work files');
    return;
  }
  const text = await readFile(files.path, 'utf8').catch(() => '');
  if (text === '') return;
  const addresses = await addressesOf(run, files.pid, context);
  const { found } = checkerReport(readCheckerReport(text, 'the report'), addresses);
  say(`interrupted; until then ${tool} had found ${found?.headline}`);
  if (found !== undefined && found.errorCount > 0)
    say(found.groups.map((group) => `${group.kind} in ${group.function}`).join(', '));
}

async function drawCounts(
  run: ValgrindRun,
  path: string,
  picture: ProfileOutput,
  io: StepIo,
  context: TaskContext,
): Promise<ValgrindReport> {
  const { folder, name } = run;
  const { output } = context;
  const input = await inputFile(path, context.cwd, io.signal);
  const namer = await namerOf(run, context);
  const options = { event: undefined, dumpFolders: [folder.path, PERF_MAPS], namer };
  const profile = await callgrindProfile(input, options, importIo(context));
  const heading = { title: name, subtitle: 'counted by callgrind', ...profile.measure };
  await picture.save({ tree: profile.tree, heading });
  const { total, graph } = profile.file;
  io.retitle(`Counted ${plural(total, 'instruction')} in ${plural(graph.functions.length, 'function')}`);
  const { unit } = profile.measure;
  const summary = summarise(profile.tree, profile.measure);
  const table = formatSummary(summary, { paint: output.paint, columns: output.columns });
  const head = `${output.paint('bold', picture.displayName)}: ${total.toLocaleString('en')} ${unit}`;
  return { text: `${head}\n\n${table}`, data: { unit, ...summary } };
}

async function addressesOf(
  run: ValgrindRun,
  pid: number,
  context: TaskContext,
): ReturnType<typeof jitAddresses> {
  return await jitAddresses(pid, [run.folder.path, PERF_MAPS], await namerOf(run, context));
}

async function namerOf({ module }: ValgrindRun, { output, env }: TaskContext): ReturnType<typeof frameNamer> {
  return await frameNamer({
    modules: [module],
    env,
    note: (message) => output.emit({ event: 'warning', message, hints: [] }),
  });
}
