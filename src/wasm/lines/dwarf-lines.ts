import { at } from '../../util/indexed.ts';
import type { SourcePlace } from '../../util/source-place.ts';
import { Attribute, CompilationUnits } from './compilation-units.ts';
import type { DebugSections } from './debug-sections.ts';
import type { FunctionBodies } from './function-bodies.ts';
import { LineTable } from './line-table.ts';

/** Source lines of a module's code by its DWARF sections, read when they are first asked for. */
export class DwarfLines {
  readonly #sections: DebugSections;
  readonly #bodies: FunctionBodies;
  #units: CompilationUnits | undefined;
  #table: LineTable | undefined;
  #declarations: (SourcePlace | undefined)[] | undefined;

  constructor(sections: DebugSections, bodies: FunctionBodies) {
    this.#sections = sections;
    this.#bodies = bodies;
  }

  /** Where defined function number `n` was declared; failing that, its first line. @throws TaskError for broken sections */
  declaration(n: number): SourcePlace | undefined {
    this.#declarations ??= this.#readDeclarations();
    return this.#declarations[n] ?? this.#lines.firstIn(at(this.#bodies.starts, n), at(this.#bodies.ends, n));
  }

  /** The line of an instruction. @throws TaskError for broken sections */
  at(codeOffset: number): SourcePlace | undefined {
    return this.#bodies.holding(codeOffset) === undefined ? undefined : this.#lines.at(codeOffset);
  }

  get #info(): CompilationUnits {
    this.#units ??= new CompilationUnits(this.#sections);
    return this.#units;
  }

  get #lines(): LineTable {
    if (this.#table !== undefined) return this.#table;
    const folders = new Map<number, string>();
    for (const { program, folder } of this.#info.all) {
      if (program !== undefined) folders.set(program, folder);
    }
    this.#table = new LineTable(this.#sections, folders, this.#bodies);
    return this.#table;
  }

  #readDeclarations(): (SourcePlace | undefined)[] {
    const info = this.#info;
    const declarations: (SourcePlace | undefined)[] = [];
    for (const unit of info.all) {
      for (const entry of info.subprograms(unit)) {
        const low = info.lowPc(entry);
        const n = low === undefined ? undefined : this.#bodies.holding(low);
        if (n === undefined || low !== this.#bodies.starts[n]) continue;
        const line = info.find(entry, Attribute.declLine)?.stored.value;
        const file = info.find(entry, Attribute.declFile);
        const program = file?.unit.program;
        if (line === undefined || file === undefined || program === undefined) continue;
        const path = this.#lines.file(program, file.stored.value);
        if (path !== undefined && line > 0) declarations[n] ??= { file: path, line };
      }
    }
    return declarations;
  }
}
