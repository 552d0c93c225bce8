import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { exportTable, functionTag, TABLE_EXPORT, tagModule } from '../../src/engine/tagged-module.ts';
import { listFunctions } from '../../src/faasm/functions.ts';
import { parseTaggedFrame } from '../../src/wasm/v8-frame.ts';
import { readWasm } from '../../src/wasm/wasm-module.ts';
import { noWabt } from '../support/machine.ts';
import { unless } from '../support/unless.ts';

const compared = unless(noWabt, test);

const functions = await listFunctions({ FAASM_LOCAL_DIR: '/nonexistent' });

function objdump(bytes: Uint8Array, ...args: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'tagged-'));
  try {
    writeFileSync(join(folder, 'a.wasm'), bytes);
    const done = spawnSync('wasm-objdump', [...args, join(folder, 'a.wasm')], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    assert.is(done.status, 0, done.stderr);
    return done.stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const { user, func, wasmPath } of functions) {
  compared(
    `every defined function of ${func} is tagged, as wasm-objdump sees it, and its code is the same`,
    () => {
      const bytes = readFileSync(wasmPath);
      const module = readWasm(bytes, wasmPath);
      const tagged = tagModule(bytes, module, user, func);
      const seen = [...objdump(tagged, '-x', '-j', 'name').matchAll(/^ - func\[(\d+)\] <(.*)>$/gm)];
      assert.is(seen.length, module.definedCount);
      for (const [, index, name = ''] of seen) {
        const short = module.functionNames.get(Number(index)) ?? '';
        assert.ok(name.startsWith(`wasm:${user}/${func}[${index}]:`), name);
        assert.ok(
          short.replaceAll(/[^\w~<>,:*& ]/g, '').startsWith(name.slice(name.indexOf(']:') + 2)),
          name,
        );
      }
      const code = (of: Uint8Array) =>
        objdump(of, '-s', '-j', 'code')
          .replaceAll(/^.*a\.wasm.*$/gm, '')
          .replaceAll(/^[0-9a-f]+: /gm, '');
      assert.is(code(tagged), code(bytes));
      assert.instance(new WebAssembly.Module(tagged), WebAssembly.Module);
    },
  );
}

test('a tag is read back whatever the names are, and V8 decoration does not hide it', () => {
  const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(name, name, fc.nat(), name, (user, func, index, source) => {
      const tag = functionTag(user, func, index, source);
      assert.not.match(tag.slice(5, tag.indexOf(']:')), /[\s\]]/);
      const found = parseTaggedFrame(`JS:${tag}-${index}-turbofan`);
      assert.is(found?.user, user);
      assert.is(found?.func, func);
      assert.is(found?.index, index);
      assert.match(found?.short ?? 'missing', /^[A-Za-z0-9_~<>,:*& ]{0,80}$/);
    }),
  );
});

compared('a nameless function keeps its place in the tag', () => {
  const bytes = readFileSync(functions.find(({ func }) => func === 'hello')?.wasmPath ?? '');
  const module = readWasm(bytes);
  const bare = tagModule(bytes, { ...module, functionNames: new Map() }, 'demo', 'hello');
  assert.match(objdump(bare, '-x', '-j', 'name'), /<wasm:demo\/hello\[9\]:>/);
});

test('the table of a module that keeps it to itself is exported, and nothing else changes', () => {
  const bytes = readFileSync(functions.find(({ func }) => func === 'chain')?.wasmPath ?? '');
  const before = WebAssembly.Module.exports(new WebAssembly.Module(bytes));
  assert.not.ok(before.some(({ kind }) => kind === 'table'));
  const after = WebAssembly.Module.exports(new WebAssembly.Module(exportTable(bytes, readWasm(bytes))));
  assert.equal(after, [...before, { name: TABLE_EXPORT, kind: 'table' }]);
});

test.run();
