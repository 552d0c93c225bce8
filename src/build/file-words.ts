import { createReadStream } from 'node:fs';

/** Which of the words the bytes of a file hold; none of them for a file that cannot be read. Memory stays small. */
export async function wordsInFile(path: string, words: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const overlap = Math.max(...words.map((word) => Buffer.byteLength(word))) - 1;
  let rest = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      const bytes = Buffer.concat([rest, chunk]);
      for (const word of words) if (!found.has(word) && bytes.includes(word)) found.add(word);
      if (found.size === words.length) break;
      rest = bytes.subarray(Math.max(0, bytes.length - overlap));
    }
  } catch {
    // Not there, or not ours to read: it holds nothing that we know of.
  }
  return found;
}
