// What both conformance runs share: cases recorded from `inv`, differences on purpose as rules, and the last line.

/**
 * A difference from `inv` on purpose. It decides from the case's input alone (fixture, tree, argv), never from its id, so
 * that it holds for cases nobody has seen; and it says what we do instead, which is checked like everything else.
 */
export interface Rule<Case, Outcome> {
  /** A few words: `help after a task`. */
  readonly name: string;
  /** Why we differ; docs/differences.md says it to users. */
  readonly reason: string;
  readonly covers: (given: Case) => boolean;
  /** Our outcome, made from the recorded one. */
  readonly instead: (recorded: Outcome, given: Case) => Outcome;
}

/** Counts cases and rules, prints each mismatch at once and the counts at the end. */
export class Tally {
  readonly #write: (text: string) => void;
  readonly #rules = new Map<string, { reason: string; count: number }>();
  #passed = 0;
  #failed = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** One case is done; `mismatch` tells what differed, undefined when nothing did. */
  add(title: string, rules: readonly { name: string; reason: string }[], mismatch: string | undefined): void {
    for (const { name, reason } of rules) {
      const count = (this.#rules.get(name)?.count ?? 0) + 1;
      this.#rules.set(name, { reason, count });
    }
    if (mismatch === undefined) this.#passed += 1;
    else {
      this.#failed += 1;
      this.#write(`FAIL ${title}\n${mismatch.replace(/^/gm, '     ')}\n`);
    }
  }

  /** Prints the rules with their counts and the last line; 0 when nothing failed, else 1. */
  finish(): number {
    const rules = [...this.#rules].sort(([, a], [, b]) => b.count - a.count);
    if (rules.length > 0) this.#write('Different on purpose:\n');
    for (const [name, { reason, count }] of rules)
      this.#write(`${String(count).padStart(5)}  ${name}: ${reason}\n`);
    this.#write(`${this.#passed} passed, ${this.#failed} failed\n`);
    return this.#failed === 0 ? 0 : 1;
  }
}
