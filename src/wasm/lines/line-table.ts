import { at } from '../../util/indexed.ts';
import { pathIn, type SourcePlace } from '../../util/source-place.ts';
import type { DebugSections } from './debug-sections.ts';
import { type FunctionBodies, lastAtMost } from './function-bodies.ts';
import { type LineUnit, lineUnits, runProgram } from './line-program.ts';

interface LineRun {
  readonly start: number;
  /** The first byte after it. */
  readonly end: number;
  readonly firstRow: number;
  readonly endRow: number;
}

/** The rows of all line programs of a module, by code offset. */
export class LineTable {
  readonly #units = new Map<number, { readonly unit: LineUnit; readonly folder: string }>();
  readonly #runs: LineRun[] = [];
  readonly #bodies: FunctionBodies;
  #runStarts: readonly number[] | undefined;
  readonly #addresses: number[] = [];
  readonly #files: number[] = [];
  readonly #lines: number[] = [];
  readonly #columns: number[] = [];
  readonly #paths: string[] = [];
  readonly #pathIds = new Map<string, number>();

  /**
   * @param folders the folder that a unit was compiled in, by the offset of its line program
   * @throws TaskError for broken headers of line programs; for broken programs, when the first row is asked for
   */
  constructor(sections: DebugSections, folders: ReadonlyMap<number, string>, bodies: FunctionBodies) {
    this.#bodies = bodies;
    for (const unit of lineUnits(sections)) {
      this.#units.set(unit.offset, { unit, folder: folders.get(unit.offset) ?? '' });
    }
  }

  /** The line that the instruction at `codeOffset` is from; undefined for code that is from none. */
  at(codeOffset: number): SourcePlace | undefined {
    const run = this.#runs[lastAtMost(this.#starts, codeOffset)];
    if (run === undefined || codeOffset >= run.end) return undefined;
    return this.#place(lastAtMost(this.#addresses, codeOffset, run.firstRow, run.endRow));
  }

  /** The first line between two code offsets that is one. */
  firstIn(start: number, end: number): SourcePlace | undefined {
    const before = lastAtMost(this.#starts, start);
    const first = start < (this.#runs[before]?.end ?? 0) ? this.#runs[before] : this.#runs[before + 1];
    if (first === undefined) return undefined;
    const firstRow = lastAtMost(this.#addresses, start - 1, first.firstRow, first.endRow) + 1;
    for (let row = firstRow; row < first.endRow && at(this.#addresses, row) < end; row++) {
      const place = this.#place(row);
      if (place !== undefined) return place;
    }
    return undefined;
  }

  /** The path of a unit's file. @param program the offset of the unit's line program */
  file(program: number, index: number): string | undefined {
    const known = this.#units.get(program);
    const entry = known?.unit.files[index];
    if (known === undefined || entry === undefined || entry.name === '') return undefined;
    const { directories, version } = known.unit;
    const path = pathIn(directories[entry.directory] ?? '', entry.name);
    // Since version 5, directory 0 is the unit's own folder.
    const isInFolder = version >= 5 && entry.directory === 0;
    return isInFolder ? path : pathIn(known.folder || (directories[0] ?? ''), path);
  }

  /** Where the runs start, in order. Programs are run for this, which is most of the work. */
  get #starts(): readonly number[] {
    if (this.#runStarts !== undefined) return this.#runStarts;
    for (const { unit } of this.#units.values()) this.#read(unit);
    // Of the copies of an inline function the linker keeps the first and says of all that they are there: the first run of
    // equal ones stands last, where it is found.
    this.#runs.sort((a, b) => a.start - b.start || b.firstRow - a.firstRow);
    this.#runStarts = this.#runs.map(({ start }) => start);
    return this.#runStarts;
  }

  #read(unit: LineUnit): void {
    const ids = new Map<number, number>();
    const idOf = (file: number): number => {
      const id = ids.get(file) ?? this.#pathId(this.file(unit.offset, file));
      ids.set(file, id);
      return id;
    };
    let firstRow = this.#addresses.length;
    let last = 0;
    let isAscending = true;
    runProgram(unit, {
      row: (address, file, line, column) => {
        isAscending &&= address >= last;
        last = address;
        this.#addresses.push(address);
        this.#files.push(idOf(file));
        this.#lines.push(line);
        this.#columns.push(column);
      },
      end: (end) => {
        const start = this.#addresses[firstRow] ?? end;
        // The linker moved what it dropped to where no function is.
        const isKept = isAscending && end > start && end >= last && this.#bodies.holding(start) !== undefined;
        if (isKept) this.#runs.push({ start, end, firstRow, endRow: this.#addresses.length });
        else this.#dropFrom(firstRow);
        [firstRow, last, isAscending] = [this.#addresses.length, 0, true];
      },
    });
    this.#dropFrom(firstRow);
  }

  #dropFrom(row: number): void {
    for (const column of [this.#addresses, this.#files, this.#lines, this.#columns]) column.length = row;
  }

  #place(row: number): SourcePlace | undefined {
    const line = at(this.#lines, row);
    const file = at(this.#paths, at(this.#files, row));
    const column = at(this.#columns, row);
    if (line < 1 || !Number.isSafeInteger(line) || file === '') return undefined;
    return column === 0 ? { file, line } : { file, line, column };
  }

  #pathId(path = ''): number {
    const known = this.#pathIds.get(path);
    if (known !== undefined) return known;
    const id = this.#paths.length;
    this.#paths.push(path);
    this.#pathIds.set(path, id);
    return id;
  }
}
