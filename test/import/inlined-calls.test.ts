import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { answersIn, InlinedCalls } from '../../src/import/inlined-calls.ts';
import type { DebugInfoFound } from '../../src/profile/symbols/debug-info.ts';

const folder = mkdtempSync(join(tmpdir(), 'inlined-calls-'));
const path = process.env['PATH'] ?? '';
const debugInfo: DebugInfoFound = {
  found: true,
  path: '/bin/program',
  buildId: '0123456789abcdef',
  address: (offset) => offset + 0x1000,
};
let serial = 0;

/** Makes a program of that name the only one on PATH. */
function onlyOnPath(name: string, script: string): void {
  serial += 1;
  const place = join(folder, `bin-${serial}`);
  mkdirSync(place);
  const file = join(place, name);
  writeFileSync(file, `#!/bin/sh\nPATH=${path}\n${script}`);
  chmodSync(file, 0o755);
  process.env['PATH'] = place;
}

function calls(cache?: string, limitSeconds = 20, signal = new AbortController().signal): InlinedCalls {
  const demangle = async (names: readonly string[]) =>
    names.map((name) => name.replace('_Z4mixedv', 'mixed'));
  return new InlinedCalls({
    debugInfo: () => debugInfo,
    demangle,
    cache,
    limitSeconds,
    signal,
    env: { PATH: path },
  });
}

test.after.each(() => {
  process.env['PATH'] = path;
});

test.after(() => rmSync(folder, { recursive: true }));

test('answers of both programs; of what was cut off the last one is left out', () => {
  const gnu = '0x0000000000001129\nmix\n/a.c:1\nwork\n/a.c:2\n0x0000000000000005\n??\n??:0\n';
  const llvm = '0x1129\nmix\n/a.c:1\nwork\n/a.c:2\n\n0x5\n??\n??:0\n\n';
  const expected = new Map([
    [0x1129, ['mix', 'work']],
    [5, []],
  ]);
  assert.equal(answersIn(gnu, true), expected);
  assert.equal(answersIn(llvm, true), expected);
  for (let end = 0; end < gnu.length; end += 1) {
    for (const [address, names] of answersIn(gnu.slice(0, end), false))
      assert.equal(names, expected.get(address));
  }
});

const answering =
  'while read a; do printf "%s\\n_Z4mixedv\\na.c:1\\nouter\\na.c:2\\n" $a; done; echo x >> "$0.ran"\n';

test('one process asks all addresses; answers are kept by build-id', async () => {
  onlyOnPath('addr2line', answering);
  const cache = join(folder, 'cache');
  for (let run = 0; run < 2; run += 1) {
    const names = await calls(cache).find('/bin/program', [0x10, 0x20], 1);
    assert.equal(
      names,
      new Map([
        [0x10, ['mixed']],
        [0x20, ['mixed']],
      ]),
    );
  }
  const runs = (): number =>
    readFileSync(join(process.env['PATH'] ?? '', 'addr2line.ran'), 'utf8').length / 2;
  assert.equal(readdirSync(cache), ['inlined-0123456789abcdef']);
  assert.is(runs(), 1);
  // Of another time more is asked: what is new is kept with the rest.
  for (let run = 0; run < 2; run += 1)
    assert.is((await calls(cache).find('/bin/program', [0x10, 0x30], 1)).size, 2);
  assert.is(runs(), 2);
  await calls(cache).find('/bin/program', [0x20], 1);
  assert.is(runs(), 2);
});

test('nothing is kept without a folder', async () => {
  onlyOnPath('addr2line', answering);
  assert.is((await calls().find('/bin/program', [0x10], 1)).size, 1);
});

test('a program that hangs is ended; what it said before counts', async () => {
  onlyOnPath(
    'addr2line',
    'printf "0x1010\\ninner\\na.c:1\\nouter\\na.c:2\\n0x1020\\nhalf\\n"; exec sleep 1000\n',
  );
  const lookup = calls(undefined, 1);
  const names = await lookup.find('/bin/program', [0x10, 0x20], 1);
  assert.equal(names, new Map([[0x10, ['inner']]]));
  // The time is for all binaries together.
  assert.is((await lookup.find('/bin/other', [0x10], 1)).size, 0);
  assert.match(
    lookup.advice()[0]?.message ?? '',
    /took too long and was ended; .* \/bin\/program, \/bin\/other/,
  );
});

test('Ctrl-C ends it at once', async () => {
  onlyOnPath('addr2line', 'exec sleep 1000\n');
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 200);
  try {
    await calls(undefined, 100, abort.signal).find('/bin/program', [0x10], 1);
    assert.unreachable('it was not interrupted');
  } catch (error) {
    assert.match(String(error), /interrupted/);
  }
});

test('no program: said once, with the package', async () => {
  process.env['PATH'] = '';
  const lookup = calls();
  for (const dso of ['/bin/a', '/bin/b']) assert.is((await lookup.find(dso, [0x10], 1)).size, 0);
  const advice = lookup.advice();
  assert.is(advice.length, 1);
  assert.equal(advice[0]?.hints, ['sudo apt-get install binutils']);
});

test('a program that fails says so', async () => {
  onlyOnPath('llvm-symbolizer', 'echo "DWARF error: bad" >&2; exit 3\n');
  const lookup = calls();
  await lookup.find('/bin/program', [0x10], 1);
  assert.match(
    lookup.advice()[0]?.message ?? '',
    /missing in \/bin\/program: .*llvm-symbolizer failed \(DWARF error: bad\)/,
  );
});

test('binaries without debug information are named once, unless others had it and they matter little', async () => {
  const lookup = new InlinedCalls({
    debugInfo: (dso) =>
      dso === '/bin/program' ? debugInfo : { found: false, reason: 'no debug information' },
    demangle: async (names) => names,
    cache: undefined,
    signal: new AbortController().signal,
    env: { PATH: path },
  });
  await lookup.find('/lib/libc.so.6', [1], 0.01);
  assert.match(
    lookup.advice()[0]?.message ?? '',
    /No inlined calls in \/lib\/libc.so.6: no debug information/,
  );
  onlyOnPath('addr2line', answering);
  await lookup.find('/bin/program', [1], 0.5);
  assert.equal(lookup.advice(), []);
});

test.run();
