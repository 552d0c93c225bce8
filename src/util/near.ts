import { distance } from 'fastest-levenshtein';

/** The candidates a mistyped word may have meant, nearest first, at most `most` of them. */
export function near(word: string, candidates: Iterable<string>, most = 3): string[] {
  const lower = word.toLowerCase();
  const scored: { name: string; score: number }[] = [];
  for (const name of new Set(candidates)) {
    const candidate = name.toLowerCase();
    const limit = Math.max(1, Math.floor(Math.max(lower.length, candidate.length) / 3));
    const score = slips(lower, candidate);
    const isPart = lower.length >= 3 && candidate.includes(lower);
    if (score <= limit || isPart) scored.push({ name, score: isPart ? Math.min(score, limit) : score });
  }
  scored.sort((a, b) => a.score - b.score || (a.name < b.name ? -1 : 1));
  return scored.slice(0, most).map((entry) => entry.name);
}

/** The candidates that a word is surely meant to be: one slip away, two where it is long. */
export function slipsOf(word: string, candidates: Iterable<string>): string[] {
  const limit = word.length > 8 ? 2 : 1;
  return near(word, candidates).filter((name) => slips(word, name) <= limit);
}

/**
 * How many slips of the finger make one word of the other; two neighbouring letters in the wrong order are one slip, and so are
 * words in another order (`perf.setup`).
 */
function slips(typed: string, meant: string): number {
  if (typed.includes('.') && typed !== meant && inOrder(typed) === inOrder(meant)) return 1;
  let least = distance(typed, meant);
  for (let at = 0; at + 1 < typed.length && least > 1; at++) {
    const swapped = typed.slice(0, at) + typed[at + 1] + typed[at] + typed.slice(at + 2);
    least = Math.min(least, 1 + distance(swapped, meant));
  }
  return least;
}

function inOrder(name: string): string {
  return name.split('.').sort().join('.');
}

/** A hint "Did you mean …?", or none when nothing is near. */
export function didYouMean(
  word: string,
  candidates: Iterable<string>,
  show = (name: string) => name,
): string[] {
  const names = near(word, candidates).map(show);
  return names.length === 0 ? [] : [`Did you mean ${names.join(' or ')}?`];
}
