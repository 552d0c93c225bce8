import type { TaskContext } from '../../runner/context.ts';
import { UsageError } from '../../util/errors.ts';

interface InputArgs {
  readonly input: string | undefined;
  readonly inputFile: string | undefined;
}

/** The bytes a function is given: a word of the line, a file, stdin; undefined for none. */
export async function functionInput(
  { input, inputFile: file }: InputArgs,
  context: TaskContext,
): Promise<Uint8Array | undefined> {
  if (input !== undefined && file !== undefined) {
    throw new UsageError('--input and --input-file were both given', {
      hints: ['Give the input once: --input=TEXT, --input-file=FILE, or --input-file=- for stdin.'],
    });
  }
  if (file === undefined) return input === undefined || input === '' ? undefined : Buffer.from(input);
  const { inputFile } = await import('../../import/input-file.ts');
  const { chunks } = await inputFile(file, context.cwd, context.signal);
  const parts: Uint8Array[] = [];
  // A piece is valid until the next one is asked for.
  for await (const chunk of chunks()) parts.push(Buffer.from(chunk));
  return parts.length === 0 ? undefined : Buffer.concat(parts);
}
