import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { seriesOf } from '../../bench/result-series.ts';
import { ResultsReader } from '../../bench/results.ts';
import type { SpecLine } from '../../bench/spec.ts';
import type { EngineChoice } from '../../engine/choices.ts';
import { chooseMicrobench } from '../../engine/microbench-choice.ts';
import { type FunctionFiles, listFunctions } from '../../faasm/functions.ts';
import { settingsVariables } from '../../faasm/settings.ts';
import { runSharedSteps, type StepIo } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { assertWritable, writeFileAtomic } from '../../util/atomic-write.ts';
import { TaskError, UsageError } from '../../util/errors.ts';
import { makeRunFolder } from '../../util/run-folder.ts';
import { runBlock } from './block-run.ts';

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
  if (context.dry) {
    output.emit({ event: 'note', text: `would try ${functions.length} functions and write ${args.spec}` });
    return;
  }
  await assertWritable(path, args.spec);
  let tried: readonly Tried[] = [];
  await runSharedSteps(
    [
      {
        title: `Try ${functions.length} functions`,
        run: async (io) => {
          tried = await tryAll(functions, args.engine, variables, context, io);
          const good = tried.filter((one) => 'us' in one).length;
          io.retitle(`${good} of ${functions.length} functions can be measured`);
        },
      },
    ],
    context,
  );
  await writeFileAtomic(path, specText(tried, args.runs), signal, args.spec);
  const lines = tried.filter((one) => 'us' in one).length;
  output.result(`Wrote ${args.spec}: ${lines} functions. Measure them: tasks bench ${args.spec}`, {
    output: path,
    functions: tried.map(({ files: { user, func }, ...rest }) => ({ user, function: func, ...rest })),
  });
}

async function tryAll(
  functions: readonly FunctionFiles[],
  engine: EngineChoice,
  variables: Readonly<Record<string, string>>,
  context: TaskContext,
  io: StepIo,
): Promise<Tried[]> {
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
      const runner = await chooseMicrobench(
        { engine, words: [], functions: [files], cwd: context.cwd, flag: '--engine' },
        { ...context.env, ...variables },
      );
      const line: SpecLine = { user, func, runs: TRY_RUNS, input: '', line: 0 };
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
