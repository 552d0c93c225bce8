import type { CallGraph } from '../../profile/perf-commands.ts';
import type { TaskContext } from '../../runner/context.ts';
import { shellLine } from '../../util/shell-word.ts';
import { RecordRun, recordingFile } from './record-run.ts';
import { perfTarget, type TargetArgs } from './target.ts';
import { workFolderOf } from './work-folder.ts';

export interface RecordArgs extends TargetArgs {
  readonly output: string;
  readonly frequency: number;
  readonly callGraph: CallGraph;
}

/** `perf.record`: the guide's plain recording, with its dumps and caches beside it. */
export async function recordPlainly(args: RecordArgs, context: TaskContext): Promise<void> {
  const run = await plainRun(args, context);
  if (context.dry) return run.printPlan('the recording was asked for');
  await run.run(`Record ${args.cmd ?? `${args.user}/${args.func}`} at ${args.frequency} Hz`);
  const file = args.output === 'perf.data' ? '' : ` ${shellLine([`--input=${args.output}`])}`;
  context.output.result(`${args.output}: look at it with \`tasks perf.report${file}\``, { output: run.path });
}

/** The recording that `perf.record` makes, and the tasks that read one where there is none yet. */
export async function plainRun(args: RecordArgs, context: TaskContext): Promise<RecordRun> {
  const { callGraph, frequency } = args;
  const file = recordingFile(args.output, context);
  const target = await perfTarget(args, callGraph, workFolderOf(file.path), context);
  return new RecordRun(file, target, { flags: plainFlags(frequency, callGraph) }, context);
}

/** `-k 1` stamps samples with CLOCK_MONOTONIC, the clock of every jitdump. */
function plainFlags(frequency: number, callGraph: CallGraph): string[] {
  return ['-k', '1', '-F', String(frequency), ...(callGraph === 'fp' ? ['-g'] : ['--call-graph', callGraph])];
}
