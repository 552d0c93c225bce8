/** The sentence that a text opens with, from its first line: what a list has room for. */
export function firstSentence(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  // A full stop before a capital letter ends a sentence; one in `e.g.` or `perf.data` does not.
  return /^.*?[.!?](?=\s+\p{Lu})/u.exec(line)?.[0] ?? line;
}
