import type { TaskContext } from '../../runner/context.ts';
import { UsageError } from '../../util/errors.ts';
import { flame } from '../flame/flame.ts';
import type { ResultFormat } from '../flame/profile-output.ts';
import type { TargetArgs } from '../flame/target.ts';

interface OffCpuArgs extends TargetArgs {
  readonly output: string | undefined;
  readonly format: ResultFormat;
  readonly title: string | undefined;
  readonly timeout: number | undefined;
  readonly cache: boolean;
  readonly open: boolean;
  readonly keep: boolean;
}

const DEFAULT_NAMES: Readonly<Record<ResultFormat, string>> = {
  svg: 'off-cpu.svg',
  folded: 'off-cpu.folded',
  json: 'off-cpu.json',
  speedscope: 'off-cpu.speedscope.json',
  firefox: 'off-cpu.firefox.json.gz',
  pprof: 'off-cpu.pb.gz',
};

/** `perf.off-cpu`: `tasks flame --off-cpu=only`, which needs no function where a program is given. */
export async function offCpu(args: OffCpuArgs, context: TaskContext): Promise<void> {
  if (args.cmd === undefined && (args.user === '' || args.func === '')) {
    throw new UsageError('What to run is missing: USER and FUNC, or --cmd', {
      hints: ['For example: tasks perf.off-cpu demo echo', 'Or: tasks perf.off-cpu --cmd "my_runner --fast"'],
    });
  }
  const rest = {
    output: args.output ?? DEFAULT_NAMES[args.format],
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
  } as const;
  await flame({ ...args, ...rest }, context);
}
