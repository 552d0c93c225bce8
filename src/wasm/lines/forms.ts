import type { DebugSections } from './debug-sections.ts';
import type { DwarfCursor } from './dwarf-cursor.ts';

/** How a value is stored (DWARF 5, 7.5.6; the 0x1f.. ones are GNU's). */
const Form = {
  addr: 0x01,
  block2: 0x03,
  block4: 0x04,
  data2: 0x05,
  data4: 0x06,
  data8: 0x07,
  string: 0x08,
  block: 0x09,
  block1: 0x0a,
  data1: 0x0b,
  flag: 0x0c,
  sdata: 0x0d,
  strp: 0x0e,
  udata: 0x0f,
  refAddr: 0x10,
  ref1: 0x11,
  ref2: 0x12,
  ref4: 0x13,
  ref8: 0x14,
  refUdata: 0x15,
  indirect: 0x16,
  secOffset: 0x17,
  exprloc: 0x18,
  flagPresent: 0x19,
  strx: 0x1a,
  addrx: 0x1b,
  refSup4: 0x1c,
  strpSup: 0x1d,
  data16: 0x1e,
  lineStrp: 0x1f,
  refSig8: 0x20,
  implicitConst: 0x21,
  loclistx: 0x22,
  rnglistx: 0x23,
  refSup8: 0x24,
  strx1: 0x25,
  strx4: 0x28,
  addrx1: 0x29,
  addrx4: 0x2c,
  gnuAddrIndex: 0x1f01,
  gnuStrIndex: 0x1f02,
  gnuRefAlt: 0x1f20,
  gnuStrpAlt: 0x1f21,
} as const;

export const IMPLICIT_CONST: number = Form.implicitConst;

/** The sizes that a unit's values have. */
export interface UnitSizes {
  readonly version: number;
  readonly addressSize: number;
  readonly offsetSize: 4 | 8;
}

/** A value as it is stored: what it means may hang on values that follow it. `value` of an inline text is its offset. */
export interface Stored {
  readonly form: number;
  readonly value: number;
}

const FIXED: ReadonlyMap<number, number> = new Map([
  [Form.data1, 1],
  [Form.data2, 2],
  [Form.data4, 4],
  [Form.data8, 8],
  [Form.data16, 16],
  [Form.flag, 1],
  [Form.flagPresent, 0],
  [Form.implicitConst, 0],
  [Form.ref1, 1],
  [Form.ref2, 2],
  [Form.ref4, 4],
  [Form.ref8, 8],
  [Form.refSig8, 8],
  [Form.refSup4, 4],
  [Form.refSup8, 8],
  [Form.strx1, 1],
  [Form.strx1 + 1, 2],
  [Form.strx1 + 2, 3],
  [Form.strx4, 4],
  [Form.addrx1, 1],
  [Form.addrx1 + 1, 2],
  [Form.addrx1 + 2, 3],
  [Form.addrx4, 4],
]);

/** The bytes that every value of a form takes; undefined where they differ. */
export function fixedSize(form: number, { version, addressSize, offsetSize }: UnitSizes): number | undefined {
  switch (form) {
    case Form.addr:
      return addressSize;
    case Form.refAddr:
      return version === 2 ? addressSize : offsetSize;
    case Form.strp:
    case Form.lineStrp:
    case Form.strpSup:
    case Form.secOffset:
    case Form.gnuRefAlt:
    case Form.gnuStrpAlt:
      return offsetSize;
    default:
      return FIXED.get(form);
  }
}

/** Reads one value. @param implicit the value that stands in the abbreviation instead */
export function readStored(cursor: DwarfCursor, form: number, sizes: UnitSizes, implicit = 0): Stored {
  if (form === Form.implicitConst) return { form, value: implicit };
  if (form === Form.flagPresent) return { form, value: 1 };
  const size = fixedSize(form, sizes);
  if (size === 16) cursor.skip(8, 'a value');
  if (size !== undefined) return { form, value: cursor.uint(Math.min(size, 8), 'a value') };
  switch (form) {
    case Form.string: {
      const value = cursor.offset;
      cursor.skipText('a text');
      return { form, value };
    }
    case Form.block1:
      return skippedBlock(cursor, form, cursor.uint(1, "a block's size"));
    case Form.block2:
      return skippedBlock(cursor, form, cursor.uint(2, "a block's size"));
    case Form.block4:
      return skippedBlock(cursor, form, cursor.uint(4, "a block's size"));
    case Form.block:
    case Form.exprloc:
      return skippedBlock(cursor, form, cursor.uleb("a block's size"));
    case Form.sdata:
      return { form, value: cursor.sleb('a number') };
    case Form.udata:
    case Form.refUdata:
    case Form.strx:
    case Form.addrx:
    case Form.loclistx:
    case Form.rnglistx:
    case Form.gnuAddrIndex:
    case Form.gnuStrIndex:
      return { form, value: cursor.uleb('a number') };
    case Form.indirect: {
      const actual = cursor.uleb('a form');
      // Its value would stand in an abbreviation, and a chain of them has no use.
      if (actual === Form.indirect || actual === Form.implicitConst)
        cursor.fail(`form ${actual} is not allowed here`);
      return readStored(cursor, actual, sizes);
    }
    default:
      return cursor.fail(`there is no form 0x${form.toString(16)}`);
  }
}

function skippedBlock(cursor: DwarfCursor, form: number, size: number): Stored {
  const value = cursor.offset;
  cursor.skip(size, 'a block');
  return { form, value };
}

/** Where a unit's indexed values begin in their sections. */
export interface UnitBases extends UnitSizes {
  readonly strOffsetsBase: number;
  readonly addrBase: number;
}

/** The text of a value that stands in `section`; undefined where it is in a file of its own. */
export function storedText(
  { form, value }: Stored,
  section: string,
  sections: DebugSections,
  bases: UnitBases,
): string | undefined {
  switch (form) {
    case Form.string:
      return sections.cursor(section, value).text('a text');
    case Form.strp:
      return sections.cursor('.debug_str', value).text('a text');
    case Form.lineStrp:
      return sections.cursor('.debug_line_str', value).text('a text');
  }
  const isIndex =
    form === Form.strx || form === Form.gnuStrIndex || (form >= Form.strx1 && form <= Form.strx4);
  if (!isIndex) return undefined;
  const { strOffsetsBase, offsetSize } = bases;
  const entry = sections.cursor('.debug_str_offsets', strOffsetsBase + value * offsetSize);
  return sections.cursor('.debug_str', entry.uint(offsetSize, 'where a text is')).text('a text');
}

/** The address of a value, which may stand in a table of them. */
export function storedAddress({ form, value }: Stored, sections: DebugSections, bases: UnitBases): number {
  const isIndex =
    form === Form.addrx || form === Form.gnuAddrIndex || (form >= Form.addrx1 && form <= Form.addrx4);
  if (!isIndex) return value;
  const { addrBase, addressSize } = bases;
  return sections.cursor('.debug_addr', addrBase + value * addressSize).uint(addressSize, 'an address');
}

/** The offset in `.debug_info` that a reference leads to; undefined for those into other files and by signature. */
export function referred({ form, value }: Stored, unitOffset: number): number | undefined {
  switch (form) {
    case Form.refAddr:
      return value;
    case Form.ref1:
    case Form.ref2:
    case Form.ref4:
    case Form.ref8:
    case Form.refUdata:
      return unitOffset + value;
    default:
      return undefined;
  }
}
