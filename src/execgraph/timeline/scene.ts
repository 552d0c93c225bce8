import { formatDuration } from '../../util/display-text.ts';
import { at } from '../../util/indexed.ts';
import { callStates, knownEnds, type TimelineData } from '../timeline-data.ts';

/** What to draw, indexed: children, rows in the order of time, and when each call waited. */
export class Scene {
  readonly data: TimelineData;
  readonly count: number;
  readonly children: readonly (readonly number[])[];
  readonly roots: readonly number[];
  /** By lane, by row: calls in the order of time. */
  readonly rows: readonly (readonly (readonly number[])[])[];
  /** Preorder: the call's subtree is [call, subtreeEnd). */
  readonly subtreeEnd: Int32Array;
  /** By call: where it was covered by children, as start, end, start, end …; disjoint and ascending. */
  readonly waits: readonly (readonly number[])[];
  /** Calls on the critical path that took time. */
  readonly critical: Uint8Array;
  readonly #backwards = new Map<number, number>();

  constructor(data: TimelineData) {
    this.data = data;
    this.count = data.id.length;
    const children: number[][] = data.id.map(() => []);
    const rows: number[][][] = data.lanes.map(({ rows: count }) => Array.from({ length: count }, () => []));
    this.subtreeEnd = Int32Array.from(data.id, (_, call) => call + 1);
    for (let call = 0; call < this.count; call += 1) {
      children[at(data.parent, call)]?.push(call);
      rows[at(data.lane, call)]?.[at(data.row, call)]?.push(call);
    }
    for (let call = this.count - 1; call >= 0; call -= 1) {
      const parent = at(data.parent, call);
      if (parent >= 0) {
        this.subtreeEnd[parent] = Math.max(at(this.subtreeEnd, parent), at(this.subtreeEnd, call));
      }
    }
    for (const lane of rows) for (const row of lane) row.sort((a, b) => this.from(a) - this.from(b));
    this.children = children;
    this.roots = data.id.flatMap((_, call) => (this.parent(call) < 0 ? [call] : []));
    this.rows = rows;
    this.waits = children.map((list, call) => this.#waitsOf(call, list));
    this.critical = new Uint8Array(this.count);
    for (let i = 0; i < data.path.length; i += 3) this.critical[at(data.path, i)] = 1;
    for (let i = 0; i < data.backwards.length; i += 2) {
      this.#backwards.set(at(data.backwards, i), at(data.backwards, i + 1));
    }
  }

  from(call: number): number {
    return at(this.data.from, call);
  }

  to(call: number): number {
    return at(this.data.to, call);
  }

  parent(call: number): number {
    return at(this.data.parent, call);
  }

  name(call: number): string {
    return at(this.data.names, at(this.data.name, call));
  }

  host(call: number): string {
    return at(this.data.lanes, at(this.data.lane, call)).host;
  }

  output(call: number): string {
    return at(this.data.outputs, at(this.data.output, call));
  }

  state(call: number): (typeof callStates)[number] {
    return at(callStates, at(this.data.state, call));
  }

  known(call: number): (typeof knownEnds)[number] {
    return at(knownEnds, at(this.data.known, call));
  }

  /** By how much it starts before its caller, which clocks that agree would not allow; 0 when it does not. */
  earlyMs(call: number): number {
    const parent = this.parent(call);
    if (parent < 0 || this.known(call) === 'untold' || this.known(parent) === 'untold') return 0;
    return Math.max(0, this.from(parent) - this.from(call));
  }

  /** By how much it ends before it starts; 0 when it does not. */
  backwardsMs(call: number): number {
    return this.#backwards.get(call) ?? 0;
  }

  /** From the first start to the last end of a call and all it led to. */
  extent(call: number): readonly [number, number] {
    let [from, to] = [this.from(call), this.to(call)];
    for (let each = call; each < at(this.subtreeEnd, call); each += 1) {
      from = Math.min(from, this.from(each));
      to = Math.max(to, this.to(each));
    }
    return [from, to];
  }

  #waitsOf(call: number, children: readonly number[]): readonly number[] {
    if (children.length === 0 || this.known(call) === 'untold') return [];
    const ordered = children
      .filter((child) => this.known(child) !== 'untold')
      .sort((a, b) => this.from(a) - this.from(b));
    const waits: number[] = [];
    for (const child of ordered) {
      const from = Math.max(this.from(child), this.from(call));
      const to = Math.min(this.to(child), this.to(call));
      if (to <= from) continue;
      const last = waits.at(-1);
      if (last !== undefined && from <= last) waits[waits.length - 1] = Math.max(last, to);
      else waits.push(from, to);
    }
    return waits;
  }
}

/** The calls whose name, id, host, state or output holds the term, whatever its case. */
export function matchingCalls(scene: Scene, term: string): readonly number[] {
  const wanted = term.toLowerCase();
  const holds = (texts: readonly string[]): boolean[] =>
    texts.map((text) => text.toLowerCase().includes(wanted));
  const names = holds(scene.data.names);
  const outputs = holds(scene.data.outputs);
  const hosts = holds(scene.data.lanes.map(({ host }) => host));
  const calls: number[] = [];
  for (let call = 0; call < scene.count; call += 1) {
    const { data } = scene;
    const isMatch =
      names[at(data.name, call)] === true ||
      hosts[at(data.lane, call)] === true ||
      outputs[at(data.output, call)] === true ||
      scene.state(call) === wanted ||
      String(data.id[call]) === wanted;
    if (isMatch) calls.push(call);
  }
  return calls;
}

/** What the page says about one call: a heading, and facts in pairs of what and how much. */
interface Description {
  readonly name: string;
  readonly facts: readonly (readonly [string, string])[];
  readonly output: string;
}

/** Everything known about a call. */
export function describe(scene: Scene, call: number): Description {
  const { data } = scene;
  const facts: (readonly [string, string])[] = [
    ['id', String(data.id[call])],
    ['host', scene.host(call)],
  ];
  const known = scene.known(call);
  if (known === 'untold') facts.push(['start', 'nobody tells; drawn as long as its caller']);
  else facts.push(['start', formatMoment(scene.from(call) - data.rootMs)]);
  const running = data.running[call] ?? null;
  const total = scene.to(call) - scene.from(call);
  if (known === 'open') facts.push(['so far', formatDuration(total)]);
  if (running !== null) {
    facts.push(['duration', formatDuration(total)], ['running', formatDuration(running)]);
    facts.push(['waiting', formatDuration(total - running)]);
  }
  const children = scene.children[call]?.length ?? 0;
  if (children > 0) facts.push(['calls', String(children)]);
  const value = data.value[call] ?? null;
  facts.push(['state', value === null ? scene.state(call) : `${scene.state(call)}, returned ${value}`]);
  const early = scene.earlyMs(call);
  if (early > 0) facts.push(['clock', `starts ${formatDuration(early)} before its caller`]);
  const backwards = scene.backwardsMs(call);
  if (backwards > 0) facts.push(['clock', `ends ${formatDuration(backwards)} before it starts`]);
  if (scene.critical[call] === 1) facts.push(['path', 'critical']);
  return { name: scene.name(call), facts, output: scene.output(call) };
}

/** A moment, counted from the root's start, exact to the millisecond. */
function formatMoment(ms: number): string {
  const sign = ms < 0 ? '−' : '+';
  const size = Math.abs(ms);
  return size < 10_000 ? `${sign}${Math.round(size)} ms` : `${sign}${(size / 1000).toFixed(3)} s`;
}
