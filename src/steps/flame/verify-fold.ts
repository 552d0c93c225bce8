import { release } from 'node:os';
import { runChild } from '../../process/child.ts';
import type { TaskContext } from '../../runner/context.ts';
import { fold } from '../../stacks/fold.ts';
import type { FoldOptions } from '../../stacks/tidy.ts';
import { TaskError } from '../../util/errors.ts';
import type { InputFile } from './input-file.ts';
import { perfScriptReason, withPerfSamples } from './perf-samples.ts';

interface VerifyArgs extends FoldOptions {
  readonly event?: string | undefined;
  readonly jitdump: string | undefined;
  readonly cache: boolean;
}

/** Folds a recording twice, by our reader and through perf, and compares. @throws TaskError with the first difference */
export async function verifyFold(input: InputFile, args: VerifyArgs, context: TaskContext): Promise<void> {
  const { event, jitdump, cache } = args;
  const reason = perfScriptReason(input, 'auto');
  if (reason !== undefined) {
    context.output.result(
      `Nothing to compare: ${input.displayName} is read by perf script, because ${reason}`,
      {
        equal: true,
      },
    );
    return;
  }
  const folded = async (via: 'reader' | 'perf-script'): Promise<string[]> => {
    const { result } = await withPerfSamples(
      input,
      { via, event, jitdump, cache },
      context,
      async (source) => {
        const { chunks } = await fold(source, args);
        return Buffer.concat([...chunks]).toString('latin1');
      },
    );
    return result.split('\n').slice(0, -1);
  };
  const ours = await folded('reader');
  const theirs = await folded('perf-script');
  const { tail: perf } = await runChild({ argv: ['perf', '--version'] }, context);
  const versions = { perf, node: process.version, kernel: release() };
  const tools = `${perf}, Node ${process.version}, kernel ${release()}`;
  const at = ours.findIndex((line, i) => line !== theirs[i]);
  const first = at >= 0 ? at : ours.length === theirs.length ? -1 : ours.length;
  if (first < 0) {
    context.output.result(`No difference: ${ours.length} stacks, with ${tools}`, {
      equal: true,
      stacks: ours.length,
      versions,
    });
    return;
  }
  throw new TaskError(
    `${input.displayName}: the reader and perf differ from stack ${first + 1} on (${tools})`,
    {
      detail: `reader       ${ours[first] ?? '(no more stacks)'}\nperf script  ${theirs[first] ?? '(no more stacks)'}`,
      hints: ["perf's own reading: --via=perf-script"],
    },
  );
}
