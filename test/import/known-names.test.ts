import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { KnownNames } from '../../src/import/known-names.ts';

const folder = mkdtempSync(join(tmpdir(), 'known-names-'));
const file = join(folder, 'demangled');
const names = ['_ZN1a1bEv', '_Z3abbv'];
const readable = ['a::b', 'abb'];
const nothing = [undefined, undefined];
const again = (program = process.execPath) =>
  names.map((name) => new KnownNames(folder, program, '').get(name));

test.before.each(() => {
  rmSync(file, { force: true });
});
test.after(() => {
  rmSync(folder, { recursive: true });
});

test('names that were kept are known, at once and to later runs', () => {
  assert.equal(again(), nothing);
  const known = new KnownNames(folder, process.execPath, '');
  known.keep(names, readable);
  assert.is(known.get('_Z3abbv'), 'abb');
  assert.equal(again(), readable);
  const size = readFileSync(file).length;
  assert.is(known.get('_Z1cv'), undefined);
  new KnownNames(folder, process.execPath, '').keep(['_Z1cv'], ['c']);
  assert.equal(again(), readable);
  assert.is(new KnownNames(folder, process.execPath, '').get('_Z1cv'), 'c');
  assert.ok(readFileSync(file).length < size + 12, 'what was known is not kept twice');
  assert.equal(again('/bin/sh'), nothing, 'another demangler');
});

test('a file that is cut or changed is as good as none', () => {
  new KnownNames(folder, process.execPath, '').keep(names, readable);
  const whole = readFileSync(file);
  for (let at = 0; at < whole.length; at += 1) {
    writeFileSync(file, whole.subarray(0, at));
    assert.equal(again(), nothing);
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 1;
    writeFileSync(file, changed);
    assert.equal(again(), nothing);
  }
});

test('the file stays small: when it is full, old names go', () => {
  const long = 'x'.repeat(3_000_000);
  new KnownNames(folder, process.execPath, '').keep(names, readable);
  new KnownNames(folder, process.execPath, '').keep(['_Z1cv'], [long]);
  assert.equal(again(), readable);
  new KnownNames(folder, process.execPath, '').keep(['_Z1dv'], [long]);
  assert.equal(again(), nothing);
  assert.is(new KnownNames(folder, process.execPath, '').get('_Z1dv'), long);
});

test.run();
