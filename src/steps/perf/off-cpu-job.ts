import { defaultFile, type FormatId } from '../../flamegraph/formats.ts';
import type { TaskContext } from '../../runner/context.ts';
import { UsageError } from '../../util/errors.ts';
import { FlameJob } from '../flame/flame-job.ts';
import type { TargetArgs } from './target.ts';

interface OffCpuArgs extends TargetArgs {
  readonly output: string | undefined;
  readonly format: FormatId | undefined;
  readonly title: string | undefined;
  readonly timeout: number | undefined;
  readonly cache: boolean;
  readonly open: boolean;
  readonly keep: boolean;
}

/** `perf.off-cpu`: the job of `tasks flame --off-cpu=only`, which needs no function where a program is given. */
export async function offCpuJob(args: OffCpuArgs, context: TaskContext): Promise<FlameJob> {
  if (args.cmd === undefined && (args.user === '' || args.func === '')) {
    throw new UsageError('What to run is missing: USER and FUNC, or --cmd', {
      hints: ['For example: tasks perf.off-cpu demo echo', 'Or: tasks perf.off-cpu --cmd "my_runner --fast"'],
    });
  }
  return await FlameJob.prepare(
    {
      ...args,
      output: args.output ?? defaultFile('off-cpu', args.format),
      offCpu: 'only',
      frequency: undefined,
      callGraph: 'fp',
      sampler: 'perf',
      via: 'reader',
      inline: false,
      wasm: undefined,
      width: undefined,
      minwidth: '0.1',
      reverse: false,
      inverted: false,
      focus: undefined,
      hide: undefined,
      kernel: true,
    },
    context,
  );
}
