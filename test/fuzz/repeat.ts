import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Worker } from './worker.ts';

/** The reader that a finding's file is for: its name begins with it. */
export function readerOf(file: string, names: readonly string[]): string | undefined {
  return names.find((name) => basename(file).startsWith(`${name}.`));
}

/** Reads a finding's file again, in a process of its own; what is wrong, undefined when nothing is. */
export async function repeated(reader: string, file: string): Promise<string | undefined> {
  const worker = new Worker();
  try {
    const end = await worker.ask({ kind: 'try', reader, bytes: readFileSync(file) }, () => {});
    if (!('kind' in end)) return `${end.why}: ${end.said}`;
    return end.kind === 'tried' && end.why !== undefined ? `${end.why}: ${end.said}` : undefined;
  } finally {
    worker.end();
  }
}
