import type { DebugSections } from './debug-sections.ts';
import { fixedSize, IMPLICIT_CONST, type UnitSizes } from './forms.ts';

/** What entries of one kind hold, in which order. */
export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly attributes: readonly {
    readonly attribute: number;
    readonly form: number;
    readonly implicit: number;
  }[];
  /** Bytes of the whole entry after its code; undefined where entries differ. */
  readonly size: number | undefined;
}

/** A table's units may share it; tables that overlap beyond that are no compiler's, and would take forever. */
const MOST_READINGS = 4;

/** The tables of `.debug_abbrev`, each read once. */
export class Abbreviations {
  readonly #sections: DebugSections;
  readonly #tables = new Map<string, ReadonlyMap<number, Abbreviation>>();
  #bytesLeft: number;

  constructor(sections: DebugSections) {
    this.#sections = sections;
    this.#bytesLeft = MOST_READINGS * sections.sizeOf('.debug_abbrev');
  }

  /** The table at `offset` for a unit with these sizes, by code. @throws TaskError */
  table(offset: number, sizes: UnitSizes): ReadonlyMap<number, Abbreviation> {
    const key = `${offset} ${sizes.version} ${sizes.addressSize} ${sizes.offsetSize}`;
    const known = this.#tables.get(key);
    if (known !== undefined) return known;
    const table = this.#read(offset, sizes);
    this.#tables.set(key, table);
    return table;
  }

  #read(offset: number, sizes: UnitSizes): Map<number, Abbreviation> {
    const cursor = this.#sections.cursor('.debug_abbrev', offset);
    const table = new Map<number, Abbreviation>();
    for (;;) {
      const code = cursor.uleb("an abbreviation's code");
      if (code === 0) break;
      const tag = cursor.uleb('a tag');
      const hasChildren = cursor.uint(1, 'whether there are children') !== 0;
      const attributes: { attribute: number; form: number; implicit: number }[] = [];
      let size: number | undefined = 0;
      for (;;) {
        const attribute = cursor.uleb('an attribute');
        const form = cursor.uleb('a form');
        if (attribute === 0 && form === 0) break;
        const implicit = form === IMPLICIT_CONST ? cursor.sleb('a value') : 0;
        const fixed = fixedSize(form, sizes);
        size = size === undefined || fixed === undefined ? undefined : size + fixed;
        attributes.push({ attribute, form, implicit });
      }
      table.set(code, { tag, hasChildren, attributes, size });
    }
    this.#bytesLeft -= cursor.offset - offset;
    if (this.#bytesLeft < 0) cursor.fail('its tables overlap');
    return table;
  }
}
