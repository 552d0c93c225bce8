import { AddressTable } from './address-table.ts';

/** Part of a process's memory that holds one piece of code. */
export interface Region<Code> {
  readonly start: number;
  readonly end: number;
  /** What is added to `ip - start`: an offset in a file; for memory without a file, `start`. */
  readonly offset: number;
  readonly code: Code;
  readonly id: number;
}

/**
 * What is mapped where, as perf keeps it: a new mapping cuts those that it overlaps (maps__fixup_overlappings in
 * tools/perf/util/maps.c). Also holds the frames of addresses that were looked up; an entry is good as long as the
 * region that it came from is whole.
 */
export class AddressSpace<Code> {
  /** By id of a region, or of "nothing is here": whether it is still whole. */
  #alive: boolean[] = [];
  #regions: Region<Code>[] = [];
  /** Regions and what is alive are another space's too: they are copied before the first change. */
  #isShared = false;
  #frames: AddressTable | undefined;
  /** Stands for all that is not mapped; dies with every new mapping. */
  #nowhere: number;

  constructor() {
    this.#nowhere = this.#newId();
  }

  get regions(): readonly Region<Code>[] {
    return this.#regions;
  }

  /** Known frames; made on first use. */
  get frames(): AddressTable {
    this.#frames ??= new AddressTable();
    return this.#frames;
  }

  /** The process has ended: samples may still come, but rarely. */
  forgetFrames(): void {
    this.#frames = undefined;
  }

  isAlive(region: number): boolean {
    return this.#alive[region] === true;
  }

  get nowhere(): number {
    return this.#nowhere;
  }

  /** A copy for a forked process; it costs nothing until one of the two changes. */
  fork(): AddressSpace<Code> {
    const child = new AddressSpace<Code>();
    child.#regions = this.#regions;
    child.#alive = this.#alive;
    child.#nowhere = this.#nowhere;
    child.#isShared = true;
    this.#isShared = true;
    return child;
  }

  /** Maps `[start, end)`; what was there is cut off or gone. */
  map(start: number, end: number, offset: number, code: Code): void {
    if (!(end > start)) return;
    this.#own();
    this.#replace(start, end, [{ start, end, offset, code, id: this.#newId() }]);
  }

  /** Takes away what is mapped at `[start, end)`. */
  unmap(start: number, end: number): void {
    if (!(end > start)) return;
    this.#own();
    this.#replace(start, end, []);
  }

  #own(): void {
    if (!this.#isShared) return;
    this.#regions = [...this.#regions];
    this.#alive = [...this.#alive];
    this.#isShared = false;
  }

  #replace(start: number, end: number, by: readonly Region<Code>[]): void {
    const from = this.#firstEndingAfter(start);
    this.#alive[this.#nowhere] = false;
    this.#nowhere = this.#newId();
    const next = this.#regions[from];
    if (next === undefined || next.start >= end) {
      this.#regions.splice(from, 0, ...by);
      return;
    }
    let to = from;
    const pieces: Region<Code>[] = [];
    const tail: Region<Code>[] = [];
    for (
      let region = this.#regions[to];
      region !== undefined && region.start < end;
      region = this.#regions[to]
    ) {
      this.#alive[region.id] = false;
      if (region.start < start) pieces.push({ ...region, end: start, id: this.#newId() });
      if (region.end > end) {
        const moved = region.offset + (end - region.start);
        tail.push({ ...region, start: end, offset: moved, id: this.#newId() });
      }
      to += 1;
    }
    pieces.push(...by, ...tail);
    this.#regions.splice(from, to - from, ...pieces);
  }

  /** The region that holds an address. */
  find(address: number): Region<Code> | undefined {
    const region = this.#regions[this.#firstEndingAfter(address)];
    return region !== undefined && region.start <= address ? region : undefined;
  }

  #newId(): number {
    return this.#alive.push(true) - 1;
  }

  /** Regions do not overlap, so their ends are sorted as their starts are. */
  #firstEndingAfter(address: number): number {
    let low = 0;
    let high = this.#regions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#regions[middle]?.end ?? 0) > address) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
