import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ResultsReader } from '../../bench/results.ts';
import { seriesOf } from '../../bench/series.ts';
import { runnerSpec, type SpecLine } from '../../bench/spec.ts';
import type { EngineChoice } from '../../engine/choices.ts';
import { chooseMicrobench } from '../../engine/microbench-choice.ts';
import { type FunctionFiles, listFunctions } from '../../faasm/functions.ts';
import { settingsVariables } from '../../faasm/settings.ts';
import type { Command } from '../../process/child.ts';
import { runSteps, type Step, type StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { assertWritable, writeFileAtomic } from '../../util/atomic-write.ts';
import { TaskError, UsageError } from '../../util/errors.ts';
import { makeRunFolder, runFolderAt } from '../../util/run-folder.ts';
import { blockCommand, runBlock } from './block-run.ts';

export interface InitArgs {
  readonly spec: string;
  readonly user: string | undefined;
  readonly runs: number | undefined;
  readonly engine: EngineChoice;
  readonly force: boolean;
}

/** A function that answered, with the time of a call; or why it is left out. */
type Tried =
  | { readonly files: FunctionFiles; readonly us: number }
  | { readonly files: FunctionFiles; readonly why: string };

const TRY_RUNS = 3;
const TRY_SECONDS = 5;
/** About how long a line should take. */
const LINE_US = 1e6;
const FEWEST_RUNS = 10;
const MOST_RUNS = 10_000;

/** `tasks bench.init`: calls each function that is there a few times, and writes a spec of those that can be measured. */
export async function initSpec(args: InitArgs, context: TaskContext): Promise<void> {
  const { cwd, output, signal } = context;
  const path = resolve(cwd, args.spec);
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (isThere && !args.force)
    throw new UsageError(`${args.spec} is there already, and was left as it is`, {
      hints: [`Write another file, or over it: tasks bench.init ${args.spec} --force`],
    });
  const variables = await settingsVariables(context.env, cwd);
  const all = await listFunctions({ ...context.env, ...variables });
  const functions = all.filter(
    ({ user, func }) =>
      (args.user === undefined || user === args.user) && !/[,\r\n#"]|^\s|\s$/.test(`${user}${func}`),
  );
  if (functions.length === 0)
    throw new TaskError(
      `There is no function${args.user === undefined ? '' : ` of ${args.user}`} to write a spec of`,
      {
        hints: [`Users with functions: ${[...new Set(all.map(({ user }) => user))].join(', ')}`],
      },
    );
  const request = { functions, engine: args.engine, variables };
  const attempt: Step = {
    title: `Try ${functions.length} functions`,
    why: `each is called ${TRY_RUNS} times: how long it takes decides n_runs, and what fails is left out`,
    inputs: functions.map(({ wasmPath }) => wasmPath),
    outputs: [path],
    ...(await attemptCommands(request, context)),
  };
  const tried = await runSteps([attempt], context, async (step) => {
    await assertWritable(path, args.spec);
    return await step(attempt, async (io) => {
      const found = await tryAll(request, context, io);
      await writeFileAtomic(path, specText(found, args.runs), signal, args.spec);
      io.retitle(
        `${found.filter((one) => 'us' in one).length} of ${functions.length} functions can be measured`,
      );
      return found;
    });
  });
  if (tried === undefined) return;
  const lines = tried.filter((one) => 'us' in one).length;
  output.result(`Wrote ${args.spec}: ${lines} functions. Measure them: tasks bench ${args.spec}`, {
    output: path,
    functions: tried.map(({ files: { user, func }, ...rest }) => ({ user, function: func, ...rest })),
  });
}

interface Attempt {
  readonly functions: readonly FunctionFiles[];
  readonly engine: EngineChoice;
  readonly variables: Readonly<Record<string, string>>;
}

function attemptLine({ user, func }: FunctionFiles): SpecLine {
  return { user, func, runs: TRY_RUNS, input: '', line: 0 };
}

async function runnerOf(files: FunctionFiles, { engine, variables }: Attempt, context: TaskContext) {
  const request = { engine, command: [], functions: [files], cwd: context.cwd, flag: '--engine' };
  return await chooseMicrobench(request, { ...context.env, ...variables });
}

async function attemptCommands(
  attempt: Attempt,
  context: TaskContext,
): Promise<{ readonly notes: string[]; readonly commands: Command[] }> {
  const folder = runFolderAt(join(tmpdir(), 'faasm-tasks-XXXXXX'));
  const notes: string[] = [];
  const commands: Command[] = [];
  for (const files of attempt.functions) {
    const runner = await runnerOf(files, attempt, context);
    notes.push(`${folder.file('spec.csv')}: ${runnerSpec([attemptLine(files)], runner.engine).trimEnd()}`);
    commands.push(blockCommand({ runner, folder, variables: attempt.variables }));
  }
  return { notes, commands };
}

async function tryAll(attempt: Attempt, context: TaskContext, io: StepIo): Promise<Tried[]> {
  const { functions, variables } = attempt;
  const folder = await makeRunFolder({ keep: false });
  try {
    const tried: Tried[] = [];
    for (const [index, files] of functions.entries()) {
      const { user, func } = files;
      io.progress({
        done: index,
        total: functions.length,
        secondsLeft: undefined,
        file: files.wasmPath,
        text: `${user}/${func}`,
      });
      const runner = await runnerOf(files, attempt, context);
      const line = attemptLine(files);
      const reader = new ResultsReader();
      const { failure } = await runBlock(
        { runner, line, runs: TRY_RUNS, warmup: 0, timeoutSeconds: TRY_SECONDS, folder, variables },
        {
          sink: async (rows) => reader.push(Buffer.from(rows.map((row) => `${row}\n`).join(''))),
          onRows: () => {},
        },
        io,
      );
      const times = seriesOf(reader.end())[0]?.runUs ?? [];
      if (failure === undefined) tried.push({ files, us: Math.min(...times) });
      else tried.push({ files, why: failure.message.replace(/;.*$/s, '').replace(`${user}/${func}: `, '') });
    }
    return tried;
  } finally {
    await folder.dispose();
  }
}

function specText(tried: readonly Tried[], runs: number | undefined): string {
  const name = ({ files: { user, func } }: Tried): string => `${user},${func}`;
  const lines = tried.map((one) =>
    'us' in one ? `${name(one)},${runs ?? usefulRuns(one.us)},` : `# ${name(one)},1,  (left out: ${one.why})`,
  );
  return [
    '# user,func,n_runs,input (the input cannot hold a comma)',
    runs === undefined
      ? '# n_runs are such that each line takes about a second.'
      : `# n_runs as asked for with --runs=${runs}.`,
    ...lines,
    '',
  ].join('\n');
}

/** A round number of runs that take about a second. */
function usefulRuns(us: number): number {
  const wanted = Math.min(MOST_RUNS, Math.max(FEWEST_RUNS, LINE_US / Math.max(us, 1)));
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [5, 2, 1].map((step) => step * power).find((step) => step <= wanted) ?? FEWEST_RUNS;
}
