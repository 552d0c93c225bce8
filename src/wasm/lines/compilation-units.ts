/**
 * Reads `.debug_info`: which functions the units of a module define, and where they were declared.
 *
 * Written by: every compiler with -g. Spec: DWARF 2 to 5, chapters 3 and 7.5; https://dwarfstd.org.
 *
 *     unit_length · u16 version · 2-4: abbreviations · u8 address size
 *                               · 5:   u8 unit type · u8 address size · abbreviations · what the type adds
 *     entries: uleb code (0 ends a list of children) · values, as `.debug_abbrev` says for the code
 *
 * Traps:
 * - A unit's first entry says where its indexed values begin, after values that are indexed.
 * - What an entry does not say stands in the one that it names as its specification or origin.
 * - Functions that the linker dropped keep their entries, with an address that is no function's.
 */
import { type Abbreviation, Abbreviations } from './abbreviations.ts';
import type { DebugSections } from './debug-sections.ts';
import type { DwarfCursor } from './dwarf-cursor.ts';
import { readStored, referred, type Stored, storedAddress, storedText, type UnitBases } from './forms.ts';
import { lastAtMost } from './function-bodies.ts';

export const Attribute = {
  stmtList: 0x10,
  lowPc: 0x11,
  compDir: 0x1b,
  abstractOrigin: 0x31,
  declFile: 0x3a,
  declLine: 0x3b,
  specification: 0x47,
  strOffsetsBase: 0x72,
  addrBase: 0x73,
} as const;

const SUBPROGRAM = 0x2e;

export interface CompilationUnit extends UnitBases {
  /** Of its header in `.debug_info`; references within the unit count from here. */
  readonly offset: number;
  readonly firstEntry: number;
  readonly end: number;
  readonly abbreviations: ReadonlyMap<number, Abbreviation>;
  /** Offset of its line program; undefined where it has none. */
  readonly program: number | undefined;
  /** The folder it was compiled in; `''` where it does not say. */
  readonly folder: string;
}

/** A function's entry: a definition, a declaration, or what copies of it stand for. */
export interface Entry {
  readonly unit: CompilationUnit;
  readonly values: ReadonlyMap<number, Stored>;
}

const NEWEST_VERSION = 5;
const UnitType = { type: 2, skeleton: 4, splitCompile: 5, splitType: 6 } as const;
const MOST_ORIGINS = 8;

/** The compilation units of a module and the entries of functions in them. */
export class CompilationUnits {
  readonly all: readonly CompilationUnit[];
  readonly #offsets: readonly number[];
  readonly #sections: DebugSections;

  /** @throws TaskError for a broken unit */
  constructor(sections: DebugSections) {
    this.#sections = sections;
    this.all = [...readUnits(sections)];
    this.#offsets = this.all.map(({ offset }) => offset);
  }

  /** The entries of functions in a unit, in order. @throws TaskError for a broken one */
  *subprograms(unit: CompilationUnit): Generator<Entry> {
    const cursor = this.#sections.cursor('.debug_info').part(unit.end, 'a unit');
    cursor.offset = unit.firstEntry;
    let depth = 0;
    while (cursor.remaining > 0) {
      const code = cursor.uleb("an entry's code");
      if (code === 0) {
        depth -= 1;
        // Some linkers pad units with zeros.
        if (depth <= 0) return;
        continue;
      }
      const abbreviation = unit.abbreviations.get(code);
      if (abbreviation === undefined) return cursor.fail(`there is no abbreviation ${code}`);
      const { tag, hasChildren, size, attributes } = abbreviation;
      if (tag === SUBPROGRAM) yield { unit, values: readValues(cursor, abbreviation, unit) };
      else if (size !== undefined) cursor.skip(size, 'an entry');
      else for (const { form, implicit } of attributes) readStored(cursor, form, unit, implicit);
      if (hasChildren) depth += 1;
    }
  }

  /** An attribute of an entry or of the one that it stands for, with the unit that its value belongs to. */
  find(
    entry: Entry,
    attribute: number,
  ): { readonly stored: Stored; readonly unit: CompilationUnit } | undefined {
    let at: Entry | undefined = entry;
    for (let i = 0; at !== undefined && i < MOST_ORIGINS; i++) {
      const stored = at.values.get(attribute);
      if (stored !== undefined) return { stored, unit: at.unit };
      at = this.#origin(at);
    }
    return undefined;
  }

  /** The address where an entry's code begins; undefined for one without code. */
  lowPc({ unit, values }: Entry): number | undefined {
    const stored = values.get(Attribute.lowPc);
    return stored === undefined ? undefined : storedAddress(stored, this.#sections, unit);
  }

  #origin({ unit, values }: Entry): Entry | undefined {
    const reference = values.get(Attribute.specification) ?? values.get(Attribute.abstractOrigin);
    const offset = reference === undefined ? undefined : referred(reference, unit.offset);
    if (offset === undefined) return undefined;
    const owner = this.all[lastAtMost(this.#offsets, offset)];
    if (owner === undefined || offset < owner.firstEntry || offset >= owner.end) return undefined;
    const cursor = this.#sections.cursor('.debug_info').part(owner.end, 'a unit');
    cursor.offset = offset;
    const abbreviation = owner.abbreviations.get(cursor.uleb("an entry's code"));
    if (abbreviation === undefined) return undefined;
    return { unit: owner, values: readValues(cursor, abbreviation, owner) };
  }
}

function readValues(cursor: DwarfCursor, { attributes }: Abbreviation, unit: UnitBases): Map<number, Stored> {
  const values = new Map<number, Stored>();
  for (const { attribute, form, implicit } of attributes) {
    values.set(attribute, readStored(cursor, form, unit, implicit));
  }
  return values;
}

function* readUnits(sections: DebugSections): Generator<CompilationUnit> {
  const cursor = sections.cursor('.debug_info');
  const tables = new Abbreviations(sections);
  while (cursor.remaining > 0) {
    const offset = cursor.offset;
    const { length, offsetSize } = cursor.unitLength();
    const body = cursor.part(length, 'a unit');
    const version = body.uint(2, 'a version');
    if (version < 2 || version > NEWEST_VERSION) continue;
    const type = version >= 5 ? body.uint(1, "a unit's type") : 0;
    const sizeFirst = version >= 5 ? body.uint(1, 'the size of addresses') : 0;
    const table = body.uint(offsetSize, 'where the abbreviations are');
    const addressSize = version >= 5 ? sizeFirst : body.uint(1, 'the size of addresses');
    if (type === UnitType.skeleton || type === UnitType.splitCompile) body.skip(8, "a unit's number");
    if (type === UnitType.type || type === UnitType.splitType) body.skip(8 + offsetSize, "a type's number");
    const sizes = { version, addressSize, offsetSize };
    const abbreviations = tables.table(table, sizes);
    const firstEntry = body.offset;
    const code = body.remaining === 0 ? 0 : body.uleb("an entry's code");
    const root = abbreviations.get(code);
    const values =
      root === undefined ? new Map<number, Stored>() : readValues(body, root, { ...sizes, ...noBases });
    const number = (attribute: number, fallback: number) => values.get(attribute)?.value ?? fallback;
    const bases: UnitBases = {
      ...sizes,
      strOffsetsBase: number(Attribute.strOffsetsBase, 2 * offsetSize),
      addrBase: number(Attribute.addrBase, 2 * offsetSize),
    };
    const folder = values.get(Attribute.compDir);
    yield {
      ...bases,
      offset,
      firstEntry,
      end: body.end,
      abbreviations,
      program: values.get(Attribute.stmtList)?.value,
      folder: folder === undefined ? '' : (storedText(folder, '.debug_info', sections, bases) ?? ''),
    };
  }
}

const noBases = { strOffsetsBase: 0, addrBase: 0 };
