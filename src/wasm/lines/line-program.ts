/**
 * Reads `.debug_line`: which source line each instruction is from.
 *
 * Written by: every compiler with -g (clang, rustc, TinyGo …), joined by the linker; one program a compilation unit.
 * Spec: DWARF 2 to 5, chapter 6.2; https://dwarfstd.org. For WebAssembly: https://yurydelendik.github.io/webassembly-dwarf/
 *
 *     unit_length · u16 version · [5: u8 address size · u8 segment size] · header_length
 *     u8 least instruction · [4+: u8 operations] · u8 is_stmt · i8 line_base · u8 line_range · u8 opcode_base · lengths
 *     2-4: directories "…\0" … \0 · files (name\0 · uleb directory · uleb time · uleb size) … \0
 *     5:   formats and entries of directories, then of files
 *     opcodes, which move a machine (address, file, line, column); each row says where it stood
 *
 * Traps:
 * - An address counts from the start of the Code section's contents. Functions that the linker dropped keep their
 *   rows, at address 0 or at the end of the address space.
 * - Files count from 1 before version 5 and from 0 in it. Directory 0 is the unit's own folder, which stands in
 *   `.debug_info` before version 5.
 * - Line 0 means code that is from no line.
 */
import type { DebugSections } from './debug-sections.ts';
import type { DwarfCursor } from './dwarf-cursor.ts';
import { readStored, storedText, type UnitBases } from './forms.ts';

interface FileEntry {
  readonly name: string;
  readonly directory: number;
}

/** One unit's program, its rows not yet read. */
export interface LineUnit extends UnitBases {
  /** Where it begins: what a compilation unit's DW_AT_stmt_list says. */
  readonly offset: number;
  readonly directories: readonly string[];
  /** By file index; before version 5, index 0 is nothing. */
  readonly files: (FileEntry | undefined)[];
  readonly leastInstruction: number;
  readonly lineBase: number;
  readonly lineRange: number;
  /** The operands of each standard opcode; the first is opcode 1's. */
  readonly operands: readonly number[];
  readonly program: DwarfCursor;
}

const NEWEST_VERSION = 5;

/** Every unit of `.debug_line` that is of a known version, in order. @throws TaskError for a broken one */
export function* lineUnits(sections: DebugSections): Generator<LineUnit> {
  const cursor = sections.cursor('.debug_line');
  while (cursor.remaining > 0) {
    const offset = cursor.offset;
    const { length, offsetSize } = cursor.unitLength();
    const unit = cursor.part(length, 'a line program');
    const version = unit.uint(2, 'a version');
    if (version >= 2 && version <= NEWEST_VERSION)
      yield header(unit, { offset, version, offsetSize, sections });
  }
}

interface Start {
  readonly offset: number;
  readonly version: number;
  readonly offsetSize: 4 | 8;
  readonly sections: DebugSections;
}

function header(unit: DwarfCursor, { offset, version, offsetSize, sections }: Start): LineUnit {
  const addressSize = version >= 5 ? unit.uint(1, 'the size of addresses') : 4;
  if (version >= 5) unit.skip(1, 'the size of segments');
  const size = unit.uint(offsetSize, 'the size of the header');
  const fields = unit.part(size, 'a header');
  const leastInstruction = fields.uint(1, 'the least size of an instruction');
  if (version >= 4) fields.skip(1, 'the most operations');
  fields.skip(1, 'the default of is_stmt');
  const lineBase = (fields.uint(1, 'the least step of a line') << 24) >> 24;
  const lineRange = fields.uint(1, 'the range of steps');
  if (lineRange === 0) fields.fail('the range of line steps is 0');
  const opcodeBase = fields.uint(1, 'the first special opcode');
  const operands = Array.from({ length: Math.max(0, opcodeBase - 1) }, () =>
    fields.uint(1, "an opcode's operands"),
  );
  const bases: UnitBases = { version, addressSize, offsetSize, strOffsetsBase: 2 * offsetSize, addrBase: 0 };
  const tables = version >= 5 ? newTables(fields, bases, sections) : oldTables(fields);
  return { ...bases, offset, leastInstruction, lineBase, lineRange, operands, program: unit, ...tables };
}

type Tables = Pick<LineUnit, 'directories' | 'files'>;

function oldTables(cursor: DwarfCursor): Tables {
  const directories = [''];
  for (let name = cursor.text('a folder'); name !== ''; name = cursor.text('a folder'))
    directories.push(name);
  const files: LineUnit['files'] = [undefined];
  for (let name = cursor.text('a file'); name !== ''; name = cursor.text('a file'))
    files.push(oldFile(cursor, name));
  return { directories, files };
}

function oldFile(cursor: DwarfCursor, name: string): FileEntry {
  const directory = cursor.uleb("a file's folder");
  cursor.uleb("a file's time");
  cursor.uleb("a file's size");
  return { name, directory };
}

function newTables(cursor: DwarfCursor, bases: UnitBases, sections: DebugSections): Tables {
  const directories = entries(cursor, bases, sections).map(({ name }) => name);
  return { directories, files: entries(cursor, bases, sections) };
}

const Content = { path: 1, directory: 2 } as const;

function entries(cursor: DwarfCursor, bases: UnitBases, sections: DebugSections): FileEntry[] {
  const formats = Array.from({ length: cursor.uint(1, 'how many columns there are') }, () => ({
    content: cursor.uleb('a column'),
    form: cursor.uleb('a form'),
  }));
  const count = cursor.uleb('how many entries there are');
  if (count > (formats.length === 0 ? 0 : cursor.remaining)) cursor.fail(`there cannot be ${count} entries`);
  return Array.from({ length: count }, () => {
    let name = '';
    let directory = 0;
    for (const { content, form } of formats) {
      const stored = readStored(cursor, form, bases);
      if (content === Content.path) name = storedText(stored, '.debug_line', sections, bases) ?? '';
      else if (content === Content.directory) directory = stored.value;
    }
    return { name, directory };
  });
}

/** Takes a program's rows, and the end of each run of them. */
export interface RowVisitor {
  readonly row: (address: number, file: number, line: number, column: number) => void;
  /** `address` is the first byte after the run. */
  readonly end: (address: number) => void;
}

const Standard = {
  copy: 1,
  advancePc: 2,
  advanceLine: 3,
  setFile: 4,
  setColumn: 5,
  constAddPc: 8,
  fixedAdvancePc: 9,
} as const;
const Extended = { endSequence: 1, setAddress: 2, defineFile: 3 } as const;
const LAST_SPECIAL = 255;

/** Runs a unit's program. @throws TaskError for a broken one */
export function runProgram(unit: LineUnit, visitor: RowVisitor): void {
  const { program, lineBase, lineRange, leastInstruction, operands, files } = unit;
  const firstSpecial = operands.length + 1;
  let [address, file, line, column] = [0, 1, 1, 0];
  while (program.remaining > 0) {
    const opcode = program.uint(1, 'an opcode');
    if (opcode >= firstSpecial) {
      const step = opcode - firstSpecial;
      address += Math.floor(step / lineRange) * leastInstruction;
      line += lineBase + (step % lineRange);
      visitor.row(address, file, line, column);
      continue;
    }
    switch (opcode) {
      case 0: {
        const operand = program.part(program.uleb("an opcode's size"), 'an opcode');
        if (operand.remaining === 0) break;
        const extended = operand.uint(1, 'an opcode');
        if (extended === Extended.setAddress)
          address = operand.uint(Math.min(operand.remaining, 8), 'an address');
        else if (extended === Extended.defineFile) files.push(oldFile(operand, operand.text('a file')));
        else if (extended === Extended.endSequence) {
          visitor.end(address);
          [address, file, line, column] = [0, 1, 1, 0];
        }
        break;
      }
      case Standard.copy:
        visitor.row(address, file, line, column);
        break;
      case Standard.advancePc:
        address += program.uleb('a step') * leastInstruction;
        break;
      case Standard.advanceLine:
        line += program.sleb('a step of lines');
        break;
      case Standard.setFile:
        file = program.uleb('a file');
        break;
      case Standard.setColumn:
        column = program.uleb('a column');
        break;
      case Standard.constAddPc:
        address += Math.floor((LAST_SPECIAL - firstSpecial) / lineRange) * leastInstruction;
        break;
      case Standard.fixedAdvancePc:
        address += program.uint(2, 'a step');
        break;
      default:
        for (let i = 0; i < (operands[opcode - 1] ?? 0); i++) program.uleb("an opcode's operand");
    }
  }
}
