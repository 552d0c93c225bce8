import { decodedMappings, FlattenMap, type SourceMapSegment, type TraceMap } from '@jridgewell/trace-mapping';
import { TaskError } from '../../util/errors.ts';
import { at } from '../../util/indexed.ts';
import type { SourcePlace } from '../../util/source-place.ts';
import { type FunctionBodies, lastAtMost } from './function-bodies.ts';

/**
 * Source lines of a module's code by its source map (https://tc39.es/ecma426/), as Emscripten, AssemblyScript and Binaryen
 * write them: one generated line, whose columns are byte offsets in the module.
 */
export class SourceMapLines {
  readonly #bodies: FunctionBodies;
  readonly #map: TraceMap;
  readonly #segments: readonly SourceMapSegment[];
  readonly #offsets: readonly number[];

  /** @throws TaskError for what is not a source map */
  constructor(json: Uint8Array, bodies: FunctionBodies, label: string) {
    this.#bodies = bodies;
    this.#map = parsed(json, label);
    this.#segments = decodedMappings(this.#map)[0] ?? [];
    this.#offsets = this.#segments.map(([offset]) => offset);
  }

  /** The first line that defined function number `n` has code of. */
  declaration(n: number): SourcePlace | undefined {
    const [start, end] = this.#range(n);
    for (let i = lastAtMost(this.#offsets, start - 1) + 1; (this.#offsets[i] ?? end) < end; i++) {
      const place = this.#place(this.#segments[i]);
      if (place !== undefined) return place;
    }
    return undefined;
  }

  /** The line of an instruction. */
  at(codeOffset: number): SourcePlace | undefined {
    const n = this.#bodies.holding(codeOffset);
    if (n === undefined) return undefined;
    const i = lastAtMost(this.#offsets, codeOffset + this.#bodies.codeStart);
    // What holds for the function before ends with it.
    return (this.#offsets[i] ?? 0) < this.#range(n)[0] ? undefined : this.#place(this.#segments[i]);
  }

  #range(n: number): readonly [start: number, end: number] {
    const { codeStart, starts, ends } = this.#bodies;
    return [codeStart + at(starts, n), codeStart + at(ends, n)];
  }

  #place(segment: SourceMapSegment | undefined): SourcePlace | undefined {
    if (segment === undefined || segment.length === 1) return undefined;
    const [, source, line, column] = segment;
    const file = this.#map.resolvedSources[source] ?? '';
    return file === '' || line < 0 ? undefined : { file, line: line + 1, column: column + 1 };
  }
}

function parsed(json: Uint8Array, label: string): TraceMap {
  const fail = (problem: string): never => {
    throw new TaskError(`Could not read ${label} as a source map: ${problem}`);
  };
  // The specification allows this line before the JSON, against inclusion as a script.
  const text = Buffer.from(json.buffer, json.byteOffset, json.length)
    .toString('utf8')
    .replace(/^\)\]\}'[^\n]*\n/, '');
  let map: unknown;
  try {
    map = JSON.parse(text);
  } catch {
    return fail('it is not JSON');
  }
  if (typeof map !== 'object' || map === null || !('version' in map)) return fail('it has no version');
  if (map.version !== 3) return fail(`its version is ${JSON.stringify(map.version)}, not 3`);
  if ('sections' in map && !Array.isArray(map.sections)) return fail('its sections are no list');
  if (!('sections' in map) && !('mappings' in map && typeof map.mappings === 'string')) {
    return fail('it has no mappings');
  }
  try {
    // Checks and flattens the parts of an indexed map, too.
    return new FlattenMap(text);
  } catch {
    return fail('its parts do not have the form that the format says');
  }
}
