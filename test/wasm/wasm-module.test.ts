import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TaskError } from '../../src/util/errors.ts';
import { readWasm } from '../../src/wasm/wasm-module.ts';
import { captureFile } from './capture.ts';
import { encodeModule, HEADER, IDENTITY, leb, section, text, vector } from './encode-wasm.ts';

function failure(bytes: Uint8Array | readonly number[], label?: string): TaskError {
  try {
    readWasm(Uint8Array.from(bytes), label);
  } catch (error) {
    if (error instanceof TaskError) return error;
    throw error;
  }
  throw new Error('was read without an error');
}

function utf8(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

test('reads imports, exports and names with function indexes that count imports first', () => {
  const module = readWasm(
    encodeModule({
      customs: ['producers'],
      imports: [
        { module: 'env', field: 'table', kind: 1 },
        { module: 'env', field: 'log' },
        { module: 'env', field: 'memory', kind: 2 },
        { module: 'env', field: 'base', kind: 3 },
        { module: 'env', field: 'error', kind: 4 },
        { module: 'wasi', field: 'exit' },
      ],
      bodies: [IDENTITY, IDENTITY],
      exports: [
        { name: 'memory', kind: 2, index: 0 },
        { name: 'run', index: 3 },
      ],
      moduleName: 'demo',
      names: [
        [0, 'log'],
        [2, 'twin'],
        [3, 'twin'],
      ],
      padded: true,
    }),
  );
  assert.equal(module.importedFunctions, [
    { module: 'env', field: 'log' },
    { module: 'wasi', field: 'exit' },
  ]);
  assert.is(module.definedCount, 2);
  assert.equal(module.exportedFunctions, [{ name: 'run', index: 3 }]);
  assert.is(module.moduleName, 'demo');
  assert.equal(
    [...module.functionNames],
    [
      [0, 'log'],
      [2, 'twin'],
      [3, 'twin'],
    ],
  );
  assert.equal(
    module.sections.map((entry) => entry.name),
    ['producers', 'type', 'import', 'function', 'export', 'code', 'name'],
  );
  assert.equal(module.warnings, []);
});

test('reads what any module encodes (property), and V8 accepts the same bytes', () => {
  const anyName = fc.string({ unit: 'binary', maxLength: 20 }).map((name) => Buffer.from(name).toString());
  const parts = fc
    .record({
      imports: fc.array(
        fc.record(
          { module: anyName, field: anyName, kind: fc.constantFrom(0, 0, 0, 1, 3) },
          { noNullPrototype: true },
        ),
        { maxLength: 12 },
      ),
      bodies: fc.array(fc.constantFrom(IDENTITY, [0x41, 0]), { maxLength: 150 }),
      customs: fc.array(fc.constantFrom('producers', '', 'target_features'), { maxLength: 2 }),
      padded: fc.boolean(),
      moduleName: anyName,
    })
    .chain((base) => {
      const count = base.imports.filter((entry) => entry.kind === 0).length + base.bodies.length;
      const index = fc.nat({ max: Math.max(0, count - 1) });
      const many = count === 0 ? { maxLength: 0 } : { maxLength: 20 };
      return fc.record({
        base: fc.constant(base),
        names: fc.uniqueArray(fc.tuple(index, anyName), { ...many, selector: (entry) => entry[0] }),
        exports: fc.uniqueArray(fc.record({ name: anyName, index }, { noNullPrototype: true }), {
          ...many,
          selector: (entry) => entry.name,
        }),
      });
    });
  fc.assert(
    fc.property(parts, ({ base, names, exports }) => {
      const bytes = encodeModule({ ...base, names, exports });
      assert.not.throws(() => new WebAssembly.Module(bytes));
      const module = readWasm(bytes);
      const functions = base.imports.filter((entry) => entry.kind === 0);
      assert.equal(
        module.importedFunctions,
        functions.map((entry) => ({ module: entry.module, field: entry.field })),
      );
      assert.is(module.definedCount, base.bodies.length);
      assert.equal(module.exportedFunctions, exports);
      assert.equal(module.functionNames, new Map(names));
      assert.is(module.moduleName, base.moduleName);
      assert.equal(module.warnings, []);
    }),
    { numRuns: 200 },
  );
});

test('cut at any byte, a real module is an error with an offset, or the sections before the cut', () => {
  const bytes = captureFile('echo', 'function.wasm');
  const whole = readWasm(bytes);
  const ends = new Set(whole.sections.map((entry) => entry.offset + entry.size));
  let errors = 0;
  for (let size = 0; size < bytes.length; size++) {
    try {
      const part = readWasm(bytes.subarray(0, size));
      assert.ok(ends.has(size) || size === 8, `byte ${size} is not the end of a section`);
      assert.equal(part.sections, whole.sections.slice(0, part.sections.length));
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      assert.match(error.message, size === 0 ? /it is empty/ : /at byte \d+/);
      errors++;
    }
  }
  assert.ok(errors > bytes.length - 30);
});

test('a flipped byte never crashes the reader', () => {
  const bytes = captureFile('twins', 'function.wasm');
  fc.assert(
    fc.property(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }), (at, value) => {
      const broken = Uint8Array.from(bytes);
      broken[at] = value;
      try {
        readWasm(broken);
      } catch (error) {
        if (!(error instanceof TaskError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});

test('random bytes after a sound header never crash the reader', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (rest) => {
      try {
        readWasm(Uint8Array.from([...HEADER, ...rest]));
      } catch (error) {
        if (!(error instanceof TaskError)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
});

test('says what a file is that is not a module', () => {
  assert.match(
    failure([], 'function.wasm').message,
    /^Could not read function\.wasm as WebAssembly: it is empty/,
  );
  assert.match(failure([0x1f, 0x8b, 8, 0]).message, /gzip/);
  assert.match(failure([0x28, 0xb5, 0x2f, 0xfd]).message, /zstd/);
  assert.match(failure(utf8('(module)')).message, /WebAssembly text/);
  assert.match(failure(utf8('\n  ;; comment\n(module)')).message, /WebAssembly text/);
  assert.ok(failure(utf8('(module)')).hints.some((hint) => hint.includes('wat2wasm')));
  assert.match(failure([0x7f, 0x45, 0x4c, 0x46, 2]).message, /ELF/);
  assert.match(failure([0, 0x61, 0x6f, 0x74, 1]).message, /WAMR/);
  assert.match(failure([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]).message, /component/);
  assert.match(failure([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0]).message, /at byte 4, expected version 1, found 2/);
  assert.match(failure([0, 0x61, 0x73, 0x6d, 1]).message, /at byte 5, expected the version/);
  assert.match(failure(utf8('hello')).message, /at byte 0, expected the magic .* found 68656c6c/);
});

test('refuses numbers and sizes that lie, at once', () => {
  const endless = [...HEADER, 3, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00];
  assert.match(failure(endless).message, /at byte 9, .*longer than five bytes/);
  assert.match(failure([...HEADER, 3, 0xff, 0xff, 0xff, 0xff, 0x1f]).message, /does not fit 32 bits/);
  assert.match(failure([...HEADER, 3, ...leb(0xffff_ffff), 0]).message, /4294967295 bytes\), but 1 are left/);
  for (const id of [2, 3, 7, 10]) {
    const lies = [...HEADER, ...section(id, leb(0xffff_ffff))];
    assert.match(failure(lies).message, /it says 4294967295 and only 0 bytes follow/, `section ${id}`);
  }
  assert.match(failure([...HEADER, 14, 0]).message, /at byte 8, expected a section id \(0 to 13\), found 14/);
});

test('refuses contradictions: a section twice, bodies missing, an unknown import', () => {
  const one = section(3, vector([[0]]));
  assert.match(failure([...HEADER, ...one, ...one]).message, /second function section/);
  assert.match(failure([...HEADER, ...one]).message, /declares 1 functions, but there are 0 bodies/);
  const imported = section(2, vector([[...text('a'), ...text('b'), 9]]));
  assert.match(failure([...HEADER, ...imported]).message, /expected an import's kind \(0 to 4\), found 9/);
});

test('a broken name section loses its names, never the rest', () => {
  const sound = encodeModule({
    bodies: [IDENTITY, IDENTITY, IDENTITY],
    exports: [{ name: 'run', index: 1 }],
  });
  const names = section(1, [...leb(3), ...leb(0), ...text('first'), ...leb(1), ...leb(1000), 0x41]);
  const module = readWasm(Uint8Array.from([...sound, ...section(0, [...text('name'), ...names])]));
  assert.is(module.definedCount, 3);
  assert.equal(module.exportedFunctions, [{ name: 'run', index: 1 }]);
  assert.equal([...module.functionNames], [[0, 'first']]);
  assert.is(module.warnings.length, 1);
  assert.match(
    module.warnings[0] ?? '',
    /names after that are lost.*at byte \d+, expected a function's name/,
  );
});

test('names that point nowhere or repeat are told, names that are not UTF-8 are readable', () => {
  const sound = encodeModule({ bodies: [IDENTITY, IDENTITY] });
  const bad = [2, 0xff, 0x41];
  const entries = vector([
    [0, ...text('old')],
    [0, ...text('new')],
    [1, ...bad],
    [77, ...text('ghost')],
  ]);
  const module = readWasm(
    Uint8Array.from([...sound, ...section(0, [...text('name'), ...section(1, entries)])]),
  );
  assert.equal(
    [...module.functionNames],
    [
      [0, 'new'],
      [1, '\ufffdA'],
    ],
  );
  assert.equal(module.warnings, [
    'The name section names 1 functions that do not exist.',
    'The name section names 1 functions twice; the last name counts.',
  ]);
});

test('reads table imports with reference types and every kind of limits', () => {
  const limits: readonly (readonly number[])[] = [
    [0, 1],
    [1, 1, 2],
    [3, 1, 2],
    [5, 0x80, 1, 0xff, 1],
    [8, 1, 16],
  ];
  const tables = limits.map((limit) => [...text('m'), ...text('t'), 1, 0x63, 0x70, ...limit]);
  const memories = limits.map((limit) => [...text('m'), ...text('m'), 2, ...limit]);
  const last = [...text('m'), ...text('f'), 0, ...leb(300)];
  const module = readWasm(
    Uint8Array.from([...HEADER, ...section(2, vector([...tables, ...memories, last]))]),
  );
  assert.equal(module.importedFunctions, [{ module: 'm', field: 'f' }]);
});

test.run();
