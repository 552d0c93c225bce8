import { TaskError } from '../../util/errors.ts';
import type { SourcePlace } from '../../util/source-place.ts';
import { ByteCursor } from '../byte-cursor.ts';
import { readWasm, type WasmModule } from '../wasm-module.ts';
import { DebugSections } from './debug-sections.ts';
import { DwarfLines } from './dwarf-lines.ts';
import { FunctionBodies } from './function-bodies.ts';
import { readNearby } from './nearby-file.ts';
import { SourceMapLines } from './source-map.ts';

/** Where a module's code is from. Nothing here throws: what is broken is noted once, and then not known. */
export interface ModuleLines {
  /** Whether the module says anything about lines, itself or in a file that it names. */
  readonly hasLines: boolean;
  /**
   * Offset of the Code section's contents in the module. A position that V8 prints, `wasm-function[12]:0x3c`, is an offset
   * in the module; less this, it is a code offset.
   */
  readonly codeStart: number;
  /** Where a function is declared, by function index (imports first); failing that, its first line. */
  readonly declaration: (index: number) => SourcePlace | undefined;
  /** The line of an instruction, by its offset from the start of the Code section's contents. */
  readonly at: (codeOffset: number) => SourcePlace | undefined;
}

interface LinesOptions {
  /** The module's own path: files that it names are beside it. */
  readonly path: string;
  /** Told once why there are no lines where there should be some. */
  readonly note?: (error: TaskError) => void;
}

type Source = Pick<DwarfLines, 'declaration' | 'at'>;

/**
 * The source lines of a module, from the first of these that it has: DWARF in its own sections, DWARF in the file that its
 * section `external_debug_info` names, the source map that `sourceMappingURL` names. Read when first asked for.
 */
export function moduleLines(
  bytes: Uint8Array,
  module: WasmModule,
  { path, note }: LinesOptions,
): ModuleLines {
  const bodies = new FunctionBodies(bytes, module, path);
  const openers = sources(bytes, module, bodies, path);
  let source: Source | undefined;
  const ask = (question: (source: Source) => SourcePlace | undefined): SourcePlace | undefined => {
    for (;;) {
      try {
        source ??= openers[0]?.();
        return source === undefined ? undefined : question(source);
      } catch (error) {
        if (!(error instanceof TaskError)) throw error;
        note?.(error);
        source = undefined;
        openers.shift();
      }
    }
  };
  return {
    hasLines: openers.length > 0,
    codeStart: bodies.codeStart,
    declaration: (index) => {
      const n = index - module.importedFunctions.length;
      return n < 0 || n >= module.definedCount ? undefined : ask((from) => from.declaration(n));
    },
    at: (codeOffset) => ask((from) => from.at(codeOffset)),
  };
}

function sources(
  bytes: Uint8Array,
  module: WasmModule,
  bodies: FunctionBodies,
  path: string,
): (() => Source)[] {
  const sections = new DebugSections(bytes, module, path);
  const found: (() => Source)[] = [];
  if (sections.sizeOf('.debug_line') > 0) found.push(() => new DwarfLines(sections, bodies));
  const external = sections.get('external_debug_info');
  if (external !== undefined) {
    found.push(() => {
      const file = readNearby(path, urlIn(external, path));
      const others = new DebugSections(file.bytes, readWasm(file.bytes, file.label), file.label);
      return new DwarfLines(others, bodies);
    });
  }
  const map = sections.get('sourceMappingURL');
  if (map !== undefined) {
    found.push(() => {
      const file = readNearby(path, urlIn(map, path));
      return new SourceMapLines(file.bytes, bodies, file.label);
    });
  }
  return found;
}

function urlIn(contents: Uint8Array, path: string): string {
  return new ByteCursor(contents, path).name('the address of its source lines');
}
