/**
 * Reads what memcheck, helgrind and drd found.
 *
 * Written by: valgrind `--xml=yes --xml-file=…`, protocol versions 4 and 5.
 * Spec: docs/internals/xml-output-protocol4.txt and -protocol5.txt in Valgrind's sources.
 *
 *     <valgrindoutput>
 *       <protocolversion> <tool> <pid> <args> <status>RUNNING …
 *       <error> <unique> <kind> <what> or <xwhat><text> <stack><frame>… <auxwhat> <stack>… </error>   one a time
 *       <fatal_signal> <signame> <stack>          the program was killed by a signal
 *       <status>FINISHED, <errorcounts> <suppcounts>, leaks as further errors
 *
 * Traps: how often an error happened stands far from it, in the last <errorcounts>, by its <unique> number. A stack
 * belongs to the words before it. A killed program leaves the file cut anywhere: what was whole is kept.
 */
import { SaxesParser } from 'saxes';
import { TaskError } from '../util/errors.ts';

/** A place in a stack. */
export interface CheckerFrame {
  readonly address: number;
  /** `''` for code without symbols, as JIT code is. */
  readonly name: string;
  /** The executable or library; `''` for code that was made at run time. */
  readonly object: string;
  readonly file: string;
  readonly line: number | undefined;
}

/** A stack and the words that go before it; the first of an error is where it happened. */
export interface CheckerStack {
  readonly words: string;
  /** Innermost first. */
  readonly frames: readonly CheckerFrame[];
}

export interface CheckerError {
  /** Valgrind's own word: `InvalidRead`, `Race`, `Leak_DefinitelyLost` … */
  readonly kind: string;
  /** The same error at the same place, so often. */
  readonly count: number;
  /** Of a leak. */
  readonly leakedBytes: number;
  readonly stacks: readonly CheckerStack[];
}

/** What a checker said of one run. */
export interface CheckerReport {
  readonly tool: string;
  readonly pid: number | undefined;
  readonly errors: readonly CheckerError[];
  /** Errors that suppressions took out, by the name of the suppression. */
  readonly suppressed: readonly { readonly name: string; readonly count: number }[];
  /** The signal that ended the program. */
  readonly signal: string | undefined;
  /** False when the file ends before the program did. */
  readonly isWhole: boolean;
}

interface Element {
  readonly name: string;
  readonly children: Element[];
  text: string;
}

/** Reads a report, whole or cut. @throws TaskError for what is no report at all */
export function readCheckerReport(text: string, displayName: string): CheckerReport {
  const { root, isWhole } = elementsOf(text);
  if (root?.name !== 'valgrindoutput') {
    throw new TaskError(`Could not read ${displayName}: it is not what valgrind writes with --xml=yes`, {
      hints: text.trim() === '' ? ['It is empty: valgrind ended before it began'] : [],
    });
  }
  const counts = new Map<string, number>();
  // It may stand more than once; the last one counts.
  for (const pair of all(root, 'errorcounts').flatMap((list) => all(list, 'pair'))) {
    counts.set(textOf(pair, 'unique'), numberOf(pair, 'count') ?? 0);
  }
  const fatal = all(root, 'fatal_signal')[0];
  const supp = all(root, 'suppcounts').at(-1);
  return {
    tool: textOf(root, 'tool'),
    pid: numberOf(root, 'pid'),
    errors: all(root, 'error').map((error) => errorIn(error, counts)),
    suppressed: (supp === undefined ? [] : all(supp, 'pair')).map((pair) => ({
      name: textOf(pair, 'name'),
      count: numberOf(pair, 'count') ?? 0,
    })),
    signal: fatal === undefined ? undefined : textOf(fatal, 'signame'),
    isWhole,
  };
}

/** All elements that were closed; an unclosed root holds those that were. */
function elementsOf(text: string): { readonly root: Element | undefined; readonly isWhole: boolean } {
  let root: Element | undefined;
  let isWhole = false;
  const open: Element[] = [];
  const parser = new SaxesParser();
  parser.on('error', () => undefined);
  parser.on('opentag', ({ name }) => {
    const element = { name, children: [], text: '' };
    root ??= element;
    open.push(element);
  });
  parser.on('text', (part) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += part;
  });
  parser.on('closetag', () => {
    const element = open.pop();
    const parent = open.at(-1);
    if (element !== undefined && parent !== undefined) parent.children.push(element);
    if (element !== undefined && parent === undefined) isWhole = true;
  });
  parser.write(text);
  return { root, isWhole };
}

function errorIn(error: Element, counts: ReadonlyMap<string, number>): CheckerError {
  const stacks: CheckerStack[] = [];
  let words: string[] = [];
  for (const child of error.children) {
    if (child.name === 'what' || child.name === 'auxwhat') words.push(child.text.trim());
    if (child.name === 'xwhat' || child.name === 'xauxwhat') words.push(textOf(child, 'text'));
    if (child.name !== 'stack') continue;
    stacks.push({ words: words.join('; '), frames: all(child, 'frame').map(frameIn) });
    words = [];
  }
  if (words.length > 0) stacks.push({ words: words.join('; '), frames: [] });
  const leaked = all(error, 'xwhat').map((what) => numberOf(what, 'leakedbytes') ?? 0);
  return {
    kind: textOf(error, 'kind'),
    count: Math.max(1, counts.get(textOf(error, 'unique')) ?? 1),
    leakedBytes: leaked[0] ?? 0,
    stacks,
  };
}

function frameIn(frame: Element): CheckerFrame {
  return {
    address: Number(textOf(frame, 'ip')),
    name: textOf(frame, 'fn'),
    object: textOf(frame, 'obj'),
    file: textOf(frame, 'file'),
    line: numberOf(frame, 'line'),
  };
}

function all(element: Element, name: string): Element[] {
  return element.children.filter((child) => child.name === name);
}

function textOf(element: Element, name: string): string {
  return all(element, name)[0]?.text.trim() ?? '';
}

function numberOf(element: Element, name: string): number | undefined {
  const text = textOf(element, name);
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
