/**
 * Reads what callgrind counted: which function cost how much, and who called it.
 *
 * Written by: callgrind (`callgrind.out.PID`), callgrind_control, converters from other profilers.
 * Spec: Valgrind's manual, "Callgrind Format Specification". Text, a line each:
 *
 *     # callgrind format          header: events, positions, pid, cmd, part, thread, summary, totals …
 *     events: Ir Dr Dw
 *     fl=(1) echo.c               position: file, function, object; `(1)` alone repeats what `(1) echo.c` named
 *     fn=(2) main
 *     12 400 90                   cost: positions (`+3`, `-3`, `*`: relative to the line before), a number each event
 *     cfn=(3) fill                call: who is called …
 *     calls=7 40                  … how often, from where; the next line is the cost of these calls, callees included
 *     13 2800
 *     jcnd=1/2 +4                 jump: the next line has positions and no costs
 *
 * Traps: numbers of files (fl fi fe cfi cfl), functions (fn cfn) and objects (ob cob) are three name spaces, and hold
 * for the whole file. fi and fe move the line numbers to another file, not the function. Costs at the end may be left
 * out. One file may hold several parts (dumps, threads), which add up. A cut file ends anywhere: sums then miss the
 * `summary` of its header, which with several threads or a cache simulation is an event or two off the `totals` at the end.
 */
import { TaskError } from '../util/errors.ts';

/** A function of a program: equal names in other files or objects are other functions. */
export interface CalledFunction {
  readonly name: string;
  /** The path of the executable or library; `''` where callgrind did not know. */
  readonly object: string;
  /** The source file; `''` where callgrind did not know. */
  readonly file: string;
}

/** All calls from one function to another. */
export interface CallEdge {
  readonly from: number;
  readonly to: number;
  /** How often. */
  readonly count: number;
  /** What these calls cost, callees included; in the event's unit. */
  readonly cost: number;
}

/** Which functions called which, and what each cost itself. Functions are numbered by their place. */
export interface CallGraph {
  readonly functions: readonly CalledFunction[];
  /** Cost of each function without what it called. */
  readonly self: readonly number[];
  readonly edges: readonly CallEdge[];
}

/** What a file of callgrind's holds. */
export interface CallgrindFile {
  readonly graph: CallGraph;
  /** What was counted: `Ir` is instructions. */
  readonly event: string;
  readonly events: readonly string[];
  readonly pid: number | undefined;
  readonly command: string;
  /** The sum that the file itself gives; undefined where it gives none. More than was read: the file was cut. */
  readonly announced: number | undefined;
  readonly total: number;
}

/** How such a file begins, whoever wrote it. */
const FIRST_LINE = '# callgrind form';

/** Whether these are the first bytes of a callgrind file. */
export function isCallgrind(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, FIRST_LINE.length)).toString('latin1') === FIRST_LINE;
}

/**
 * Reads a file of any size.
 *
 * @param options.event which of its events is counted; by default its first
 * @throws TaskError for another kind of file, an event it does not have, or a line that is none (but a cut last one)
 */
export async function readCallgrind(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: { readonly displayName: string; readonly event?: string | undefined },
): Promise<CallgrindFile> {
  const reader = new CallgrindReader(options.displayName, options.event);
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) reader.refuse();
    for (const line of lines) reader.line(line);
  }
  if (rest !== '') reader.lastLine(rest);
  return reader.end();
}

const LONGEST_LINE = 1 << 20;
const POSITION = /^(c?ob|fl|fi|fe|c?fn|cfi|cfl)=\s*(?:\((\d+)\))?\s*(.*)$/;
const HEADER = /^([a-z]+):\s*(.*)$/i;
const COST = /^(?:[+-](?:0x[\da-f]+|\d+)|\*|0x[\da-f]+|\d+)(?:\s|$)/i;
const UNKNOWN = '???';

type Space = 'file' | 'function' | 'object';
const SPACES: Readonly<Record<string, Space>> = {
  ob: 'object',
  cob: 'object',
  fn: 'function',
  cfn: 'function',
};

class CallgrindReader {
  readonly #shown: string;
  readonly #asked: string | undefined;
  readonly #names: Readonly<Record<Space, Map<string, string>>> = {
    file: new Map(),
    function: new Map(),
    object: new Map(),
  };
  readonly #functions: CalledFunction[] = [];
  readonly #byKey = new Map<string, number>();
  readonly #self: number[] = [];
  /** Functions with a `fn=` line: those that a call's names may mean. */
  readonly #isDefined: boolean[] = [];
  readonly #edges = new Map<number, Map<number, { count: number; cost: number }>>();
  #events: readonly string[] | undefined;
  /** Of the events, from 1. */
  #column = 1;
  #positions = 1;
  #pid: number | undefined;
  #command = '';
  /** Of each part: what it is to hold. */
  readonly #summaries = new Map<number, number>();
  #part = 0;
  #total = 0;
  #lineNumber = 0;
  #object = '';
  #file = '';
  #current: number | undefined;
  #callee: { object?: string; file?: string; name?: string } = {};
  #calls: { readonly to: number; readonly count: number } | undefined;

  constructor(displayName: string, event: string | undefined) {
    this.#shown = displayName;
    this.#asked = event;
  }

  line(text: string): void {
    this.#lineNumber += 1;
    const line = text.trim();
    if (line === '' || line.startsWith('#')) return;
    const position = POSITION.exec(line);
    const calls = /^calls=\s*(\d+)/.exec(line);
    const header = HEADER.exec(line);
    if (COST.test(line)) this.#cost(line);
    else if (position !== null) this.#position(position[1] ?? '', position[2], position[3] ?? '');
    else if (calls !== null) this.#call(Number(calls[1]));
    else if (header !== null) this.#header(header[1] ?? '', header[2] ?? '');
    else if (!/^(?:jump|jcnd|jfi|jfn|rcalls|frfn)=/.test(line)) this.refuse();
  }

  /** A line without its end: what a cut left of one need not make sense. */
  lastLine(text: string): void {
    try {
      this.line(text);
    } catch (error) {
      if (this.#events === undefined) throw error;
    }
  }

  end(): CallgrindFile {
    if (this.#events === undefined) this.refuse();
    const edges = [...this.#edges].flatMap(([from, callees]) =>
      [...callees].map(([to, { count, cost }]) => ({ from, to, count, cost })),
    );
    return {
      graph: joined({ functions: this.#functions, self: this.#self, edges }, this.#isDefined),
      event: this.#events[this.#column - 1] ?? '',
      events: this.#events,
      pid: this.#pid,
      command: this.#command,
      announced:
        this.#summaries.size === 0 ? undefined : [...this.#summaries.values()].reduce((a, b) => a + b),
      total: this.#total,
    };
  }

  refuse(): never {
    if (this.#events === undefined) {
      throw new TaskError(`Could not read ${this.#shown}: it is not what callgrind writes`, {
        hints: ['Make one with: tasks debug.valgrind USER FUNC --tool=callgrind'],
      });
    }
    throw new TaskError(
      `Could not read ${this.#shown}: line ${this.#lineNumber} is none of callgrind's lines`,
      { hints: ['The file may have been damaged on its way; callgrind_annotate says more about it.'] },
    );
  }

  #header(key: string, value: string): void {
    const words = value.split(/\s+/).filter((word) => word !== '');
    if (key === 'events') this.#chooseEvent(words);
    else if (key === 'positions') this.#positions = words.length;
    else if (key === 'pid') this.#pid ??= Number(value);
    else if (key === 'cmd') this.#command ||= value;
    else if (key === 'summary' || key === 'totals') {
      const sum = Number(words[this.#column - 1]);
      if (Number.isFinite(sum)) this.#summaries.set(this.#part, sum);
    } else if (key === 'part') this.#part += 1;
  }

  #chooseEvent(events: readonly string[]): void {
    const wanted = this.#asked ?? this.#events?.[this.#column - 1] ?? events[0];
    const column = events.indexOf(wanted ?? '') + 1;
    if (column === 0) {
      throw new TaskError(`${this.#shown} did not count ${wanted ?? 'anything'}`, {
        hints: events.length === 0 ? [] : [`It has: ${events.map((name) => `--event=${name}`).join(' ')}`],
      });
    }
    this.#events = events;
    this.#column = column;
  }

  #position(key: string, id: string | undefined, text: string): void {
    const name = this.#nameOf(SPACES[key] ?? 'file', id, text);
    switch (key) {
      case 'ob':
        this.#object = name;
        return;
      case 'fl':
      case 'fi':
      case 'fe':
        if (key === 'fl') this.#file = name;
        return;
      case 'fn':
        this.#current = this.#functionOf(this.#object, this.#file, name);
        this.#isDefined[this.#current] = true;
        return;
      case 'cob':
        this.#callee.object = name;
        return;
      case 'cfn':
        this.#callee.name = name;
        return;
      default:
        this.#callee.file = name;
    }
  }

  #nameOf(space: Space, id: string | undefined, text: string): string {
    const name = text === UNKNOWN ? '' : text;
    if (id === undefined) return name;
    const known = this.#names[space];
    if (text === '') return known.get(id) ?? '';
    known.set(id, name);
    return name;
  }

  #functionOf(object: string, file: string, name: string): number {
    const key = `${object}\0${file}\0${name}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const index = this.#functions.push({ name, object, file }) - 1;
    this.#byKey.set(key, index);
    this.#self.push(0);
    this.#isDefined.push(false);
    return index;
  }

  #call(count: number): void {
    const { object = this.#object, file = this.#file, name } = this.#callee;
    this.#callee = {};
    if (name === undefined || this.#current === undefined) this.refuse();
    this.#calls = { to: this.#functionOf(object, file, name), count };
  }

  #cost(line: string): void {
    if (this.#events === undefined || this.#current === undefined) this.refuse();
    const text = line.split(/\s+/)[this.#positions + this.#column - 1];
    const cost = text === undefined ? 0 : Number(text);
    if (!(cost >= 0)) this.refuse();
    const calls = this.#calls;
    this.#calls = undefined;
    if (calls === undefined) {
      this.#self[this.#current] = (this.#self[this.#current] ?? 0) + cost;
      this.#total += cost;
      return;
    }
    const callees = this.#edges.get(this.#current) ?? new Map<number, { count: number; cost: number }>();
    this.#edges.set(this.#current, callees);
    const known = callees.get(calls.to);
    callees.set(calls.to, { count: (known?.count ?? 0) + calls.count, cost: (known?.cost ?? 0) + cost });
  }
}

/** A call names its callee's file only where that differs from a file that writers disagree about: the object and name then tell. */
function joined(graph: CallGraph, isDefined: readonly boolean[]): CallGraph {
  const defined = new Map<string, number | undefined>();
  graph.functions.forEach(({ object, name }, at) => {
    if (isDefined[at] !== true) return;
    const key = `${object}\0${name}`;
    defined.set(key, defined.has(key) ? undefined : at);
  });
  const meant = (at: number): number => {
    const { object = '', name = '' } = graph.functions[at] ?? {};
    return isDefined[at] === true ? at : (defined.get(`${object}\0${name}`) ?? at);
  };
  return { ...graph, edges: graph.edges.map((edge) => ({ ...edge, to: meant(edge.to) })) };
}
