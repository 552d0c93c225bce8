import { defaultFile, type FormatId } from '../../flamegraph/formats.ts';
import type { TaskContext } from '../../runner/context.ts';
import { UsageError } from '../../util/errors.ts';
import { flame } from '../flame/flame.ts';
import { isWasmFile } from '../flame/subject.ts';
import { attaches, type TargetArgs } from '../flame/target.ts';

interface OffCpuArgs extends TargetArgs {
  readonly output: string | undefined;
  readonly format: FormatId | undefined;
  readonly title: string | undefined;
  readonly timeout: number | undefined;
  readonly cache: boolean;
  readonly open: boolean;
  readonly keep: boolean;
}

/** `perf.off-cpu`: `tasks flame --off-cpu=only`, which needs no function where a program is given. */
export async function offCpu(args: OffCpuArgs, context: TaskContext): Promise<void> {
  const isNamed = args.func !== '' || (await isWasmFile(args.user, context.cwd));
  if (args.cmd === undefined && !isNamed && !attaches(args)) {
    throw new UsageError('What to record is missing: a WebAssembly file, USER and FUNC, --cmd or --pid', {
      hints: [
        'For example: tasks perf.off-cpu my.wasm',
        'For example: tasks perf.off-cpu demo echo',
        'Or: tasks perf.off-cpu --cmd "my_runner --fast"',
      ],
    });
  }
  const rest = {
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
    engineFrames: 'folded',
    focus: undefined,
    hide: undefined,
    kernel: true,
  } as const;
  await flame({ ...args, ...rest }, context);
}
