import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { KnownNames } from '../../../src/steps/profiling/known-names.ts';

const folder = mkdtempSync(join(tmpdir(), 'known-names-'));
const file = join(folder, 'demangled');
const names = ['_ZN1a1bEv', '_Z3abbv'];
const readable = ['a::b', 'abb'];
const again = (program = process.execPath) => new KnownNames(folder, program).of(names);

test.before.each(() => {
  rmSync(file, { force: true });
});
test.after(() => {
  rmSync(folder, { recursive: true });
});

test('names that were kept are known; one that is not known asks for all', () => {
  assert.is(again(), undefined);
  new KnownNames(folder, process.execPath).keep(names, readable);
  assert.equal(again(), readable);
  assert.is(new KnownNames(folder, process.execPath).of([...names, '_Z1cv']), undefined);
  new KnownNames(folder, process.execPath).keep(['_Z1cv'], ['c']);
  assert.equal(again(), readable);
  assert.is(again('/bin/sh'), undefined, 'another demangler');
});

test('a file that is cut or changed is as good as none', () => {
  new KnownNames(folder, process.execPath).keep(names, readable);
  const whole = readFileSync(file);
  for (let at = 0; at < whole.length; at += 1) {
    writeFileSync(file, whole.subarray(0, at));
    assert.is(again(), undefined);
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 1;
    writeFileSync(file, changed);
    assert.is(again(), undefined);
  }
});

test('the file stays small: when it is full, old names go', () => {
  const long = 'x'.repeat(3_000_000);
  new KnownNames(folder, process.execPath).keep(names, readable);
  new KnownNames(folder, process.execPath).keep(['_Z1cv'], [long]);
  assert.equal(again(), readable);
  new KnownNames(folder, process.execPath).keep(['_Z1dv'], [long]);
  assert.is(again(), undefined);
  assert.equal(new KnownNames(folder, process.execPath).of(['_Z1dv']), [long]);
});

test.run();
