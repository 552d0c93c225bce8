import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FunctionBodies } from '../../../src/wasm/lines/function-bodies.ts';
import { type ModuleLines, moduleLines } from '../../../src/wasm/lines/module-lines.ts';
import { readWasm } from '../../../src/wasm/wasm-module.ts';
import { noClang } from '../../support/machine.ts';
import { unless } from '../../support/unless.ts';
import { encodeModule, IDENTITY } from '../encode-wasm.ts';
import { compiled, scratch, TINY_FLAGS, TINY_SOURCE, urlSection, withSections } from './compiled.ts';

/** Two functions after one import; index 1 and 2. */
const MODULE = encodeModule({
  imports: [{ module: 'env', field: 'f' }],
  bodies: [IDENTITY, [...IDENTITY, 0x41, 1, 0x6a]],
});
const BODIES = new FunctionBodies(MODULE, readWasm(MODULE), 'test');
const [FIRST = 0, SECOND = 0] = [...BODIES.starts];

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** One number of a mapping (ECMA-426, "Base64 VLQ"), written apart from the reader. */
function vlq(value: number): string {
  let rest = value < 0 ? -value * 2 + 1 : value * 2;
  let text = '';
  do {
    const digit = rest % 32;
    rest = Math.floor(rest / 32);
    text += BASE64[rest > 0 ? digit + 32 : digit];
  } while (rest > 0);
  return text;
}

type Mapping = readonly [offset: number, source?: number, line?: number, column?: number];

function mappingsOf(mappings: readonly Mapping[]): string {
  let before: Required<Mapping> = [0, 0, 0, 0];
  return mappings
    .map(([offset, source, line = 0, column = 0]) => {
      const step = vlq(offset - before[0]);
      if (source === undefined) {
        before = [offset, before[1], before[2], before[3]];
        return step;
      }
      const steps = [source - before[1], line - before[2], column - before[3]].map(vlq).join('');
      before = [offset, source, line, column];
      return step + steps;
    })
    .join(',');
}

const MAPPINGS: readonly Mapping[] = [
  [BODIES.codeStart + FIRST + 1, 0, 9, 2],
  [BODIES.codeStart + FIRST + 3],
  [BODIES.codeStart + SECOND + 3, 1, 41, 0],
];
const MAP = { version: 3, sources: ['one.ts', 'lib/two.ts'], names: [], mappings: mappingsOf(MAPPINGS) };

function linesAt(url: string, path = '/nowhere/function.wasm') {
  const bytes = withSections(MODULE, new Map([['sourceMappingURL', urlSection(url)]]));
  const problems: string[] = [];
  const lines = moduleLines(bytes, readWasm(bytes), { path, note: ({ message }) => problems.push(message) });
  return { lines, problems };
}

function inline(map: unknown): string {
  return `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;
}

function assertMapped(lines: ModuleLines, folder = ''): void {
  assert.equal(lines.declaration(1), { file: `${folder}one.ts`, line: 10, column: 3 });
  assert.equal(lines.declaration(2), { file: `${folder}lib/two.ts`, line: 42, column: 1 });
  assert.is(lines.declaration(0), undefined, 'an import');
  assert.is(lines.declaration(3), undefined);
  assert.is(lines.at(FIRST), undefined, 'before the first mapping');
  assert.is(lines.at(FIRST + 2)?.line, 10);
  assert.is(lines.at(FIRST + 3), undefined, 'a mapping without a source');
  assert.is(lines.at(SECOND), undefined, 'what held for the function before ends with it');
  assert.is(lines.at(SECOND + 4)?.line, 42);
  assert.is(lines.at(10_000), undefined);
}

test('offsets in the module become lines: data URL in base64 and in percent signs, sourceRoot, indexed maps', () => {
  assertMapped(linesAt(inline(MAP)).lines);
  assertMapped(linesAt(`data:application/json,${encodeURIComponent(JSON.stringify(MAP))}`).lines);
  assertMapped(linesAt(inline({ ...MAP, sourceRoot: '/src' })).lines, '/src/');
  assertMapped(
    linesAt(inline({ version: 3, sections: [{ offset: { line: 0, column: 0 }, map: MAP }] })).lines,
  );
});

test('the file beside the module, with spaces in its name, and by file: URL', () => {
  const folder = scratch();
  try {
    mkdirSync(join(folder, 'maps'));
    const path = join(folder, 'maps', 'my function.wasm.map');
    writeFileSync(path, JSON.stringify(MAP));
    const module = join(folder, 'function.wasm');
    assertMapped(linesAt('maps/my%20function.wasm.map', module).lines);
    assertMapped(linesAt('./maps/my function.wasm.map', module).lines);
    assertMapped(linesAt(pathToFileURL(path).href).lines);
    const { lines, problems } = linesAt('maps', module);
    assert.is(lines.declaration(1), undefined);
    assert.match(problems[0] ?? '', /it is no file/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what is wrong is said once, and costs only the lines', () => {
  const cases: readonly (readonly [url: string, words: RegExp])[] = [
    ['gone.map', /are in \/nowhere\/gone\.map: it is not there/],
    ['https://example.com/x.map', /are at https:\/\/example\.com\/x\.map, which is not fetched/],
    ['data:application/json,{"version"', /it is not JSON/],
    ['data:application/json,%ZZ', /it is not JSON/],
    ['data:', /it is not JSON/],
    [inline(null), /it has no version/],
    [inline({ ...MAP, version: 2 }), /its version is 2, not 3/],
    [inline({ version: 3 }), /it has no mappings/],
    [inline({ version: 3, mappings: 5 }), /it has no mappings/],
    [inline({ version: 3, mappings: 'AAAA' }), /its parts do not have the form/],
    [inline({ version: 3, sections: 5 }), /its sections are no list/],
    [inline({ version: 3, sections: [{}] }), /its parts do not have the form/],
    ['/dev/zero', /it is no file/],
    ['\0', /cannot be read/],
  ];
  for (const [url, words] of cases) {
    const { lines, problems } = linesAt(url);
    assert.is(lines.hasLines, true);
    for (const index of [1, 2]) assert.is(lines.declaration(index), undefined, url);
    assert.is(lines.at(FIRST + 2), undefined);
    assert.is(problems.length, 1, `${url}: ${problems.join('; ')}`);
    assert.match(problems[0] ?? '', words);
  }
});

test('hostile mappings give no line or a sound one', () => {
  for (const mappings of ['!!!!', 'AADDDDDD', 'gggggggggggggggggggggggg', 'AAAAAA,,,;;;', 'AD', 'A9999A']) {
    const { lines } = linesAt(inline({ ...MAP, mappings }));
    for (const place of [lines.declaration(1), lines.at(FIRST + 1)]) {
      assert.ok(place === undefined || (place.line >= 1 && place.file !== ''));
    }
  }
  const { lines } = linesAt(inline({ ...MAP, sources: [null, 7] }));
  assert.is(lines.declaration(1), undefined);
});

test('a module that says nothing of lines has none', () => {
  const lines = moduleLines(MODULE, readWasm(MODULE), { path: 'x' });
  assert.is(lines.hasLines, false);
  assert.is(lines.declaration(1), undefined);
  assert.is(lines.at(FIRST), undefined);
});

unless(noClang, test)('DWARF in a file of its own; a source map when that file is gone', () => {
  const folder = scratch();
  try {
    const debug = compiled(folder, 'tiny', TINY_SOURCE, [...TINY_FLAGS, '-g', '-O1']);
    const whole = readFileSync(debug);
    const dropped = readWasm(whole).sections.filter(({ name }) => name.startsWith('.debug_'));
    const contents = new Map<string, Uint8Array | undefined>(dropped.map(({ name }) => [name, undefined]));
    contents.set('external_debug_info', urlSection('tiny.wasm'));
    const rewritten = withSections(whole, new Map());
    const bodies = new FunctionBodies(rewritten, readWasm(rewritten), 'tiny');
    const start = bodies.codeStart + (bodies.starts[1] ?? 0);
    const map = { version: 3, sources: ['mapped.c'], names: [], mappings: mappingsOf([[start, 0, 6, 0]]) };
    contents.set('sourceMappingURL', urlSection(inline(map)));
    const stripped = withSections(whole, contents);
    const place = () => {
      const problems: string[] = [];
      const path = join(folder, 'stripped.wasm');
      const lines = moduleLines(stripped, readWasm(stripped), {
        path,
        note: ({ message }) => problems.push(message),
      });
      return { place: lines.declaration(1), problems };
    };
    assert.equal(place(), { place: { file: join(folder, 'tiny.c'), line: 2 }, problems: [] });
    rmSync(debug);
    assert.equal(place().place, { file: 'mapped.c', line: 7, column: 1 });
    assert.match(place().problems[0] ?? '', /tiny\.wasm: it is not there/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
