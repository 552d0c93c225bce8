import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomic } from '../util/atomic-write.ts';
import { countNamed } from './function-symbols.ts';

/** What became of a `function.symbols`: written, or left because it names more functions than what would have replaced it. */
export type KeptSymbols =
  | { readonly isWritten: true }
  | { readonly isWritten: false; readonly named: number; readonly wouldBe: number };

/**
 * Writes a `function.symbols` where Faasm's tools look for it. A file with more names stays: it is what is left of a module that has
 * been stripped since.
 *
 * @throws TaskError where it cannot be written
 */
export async function keepSymbols(path: string, text: string, signal?: AbortSignal): Promise<KeptSymbols> {
  const old = await readFile(path, 'utf8').catch(() => '');
  const [named, wouldBe] = [countNamed(old), countNamed(text)];
  if (named > wouldBe) return { isWritten: false, named, wouldBe };
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomic(path, text, signal);
  return { isWritten: true };
}

/** Why a better file was left, and how to have it replaced all the same. */
export function leftSymbols(
  path: string,
  kept: KeptSymbols & { readonly isWritten: false },
): {
  readonly message: string;
  readonly hint: string;
} {
  return {
    message: `${path} was left as it is: it names ${kept.named} functions, and this module ${kept.wouldBe}`,
    hint: `To have it written anew, remove it: rm ${path}`,
  };
}
