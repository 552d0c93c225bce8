import { type NamedFrame, namedTraces, TraceNaming } from '../../debug/trace-reader.ts';
import { functionName } from '../../faasm/functions.ts';
import { namesOf } from '../../import/function-names.ts';
import { type InputFile, inputFile } from '../../import/input-file.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { KnownModule } from '../../wasm/known-module.ts';
import { symbolReplacer } from '../../wasm/symbol-replacement.ts';
import { namedSubject, thirdAfterFile } from '../flame/subject.ts';

export interface BacktraceArgs {
  readonly user: string;
  readonly func: string;
  readonly file: string;
}

/** With `--json` no more stacks than these are kept; `stackCount` counts all of them. */
const MOST_STACKS = 10_000;

/** `debug.backtrace`: any text with stacks in it, under the names of one function's module. */
export async function nameBacktraces(typed: BacktraceArgs, context: TaskContext): Promise<void> {
  const { output, cwd, signal } = context;
  const { func, third } = thirdAfterFile(typed, typed.file, '-');
  const args = { ...typed, func, file: third };
  const files = await namedSubject('debug.backtrace', args, context);
  const name: Step = {
    title: `Name the stacks in ${args.file === '-' ? 'stdin' : args.file}`,
    why: `by the functions of ${functionName(files)}; other lines stay as they are`,
    inputs: [files.wasmPath, args.file],
    outputs: ['-'],
    foreground: true,
  };
  await runSteps([name], context, async (step) => {
    output.reserveStdout();
    const module = await namesOf(files, signal);
    const input = await inputFile(args.file, cwd, signal);
    if (input.path === undefined && process.stdin.isTTY === true)
      output.emit({ event: 'note', text: 'paste the stack; Ctrl-D ends it' });
    const { stacks, ...counts } = await step(name, async () => await nameStacks(input, module, context));
    if (output.json) output.result('', { user: files.user, func: files.func, ...counts, stacks });
    else if (counts.stackCount === 0)
      output.emit({
        event: 'warning',
        message: `${input.displayName} holds no stack with WebAssembly in it`,
        hints: ['What is read: `tasks debug.backtrace --help`'],
      });
  });
}

interface NamedStacks {
  readonly stackCount: number;
  readonly frameCount: number;
  readonly namedCount: number;
  /** The first of them, for `--json`. */
  readonly stacks: readonly Readonly<Record<string, unknown>>[];
}

/** Hands the text on as it comes, with names put in; `--json` takes the stacks instead. */
async function nameStacks(
  input: InputFile,
  module: KnownModule,
  { output }: TaskContext,
): Promise<NamedStacks> {
  const stacks: Record<string, unknown>[] = [];
  const counts = { stackCount: 0, frameCount: 0, namedCount: 0 };
  const pieces = namedTraces(input.chunks(), {
    naming: new TraceNaming(module),
    replace: symbolReplacer(symbolNames(module)),
    onStack: (frames) => {
      counts.stackCount += 1;
      counts.frameCount += frames.length;
      counts.namedCount += frames.filter((frame) => frame.index !== undefined).length;
      if (output.json && stacks.length < MOST_STACKS) stacks.push({ frames: frames.map(frameData) });
    },
  });
  for await (const piece of pieces) if (!output.json) await output.write(piece);
  return { ...counts, stacks };
}

function frameData({ writer, kind, name, symbol, index, module, offset, place }: NamedFrame) {
  return {
    writer,
    kind,
    name,
    ...(index === undefined ? {} : { index, symbol }),
    ...(module === undefined ? {} : { module }),
    ...(offset === undefined ? {} : { offset }),
    ...(place === '' ? {} : { place }),
  };
}

function symbolNames({ names, importCount }: KnownModule): Map<string, string> {
  return new Map(
    names.map((name, index) => [
      index < importCount ? `functionImport${index}` : `functionDef${index - importCount}`,
      name,
    ]),
  );
}
