import { execFileSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bestName, demangledNames } from '../../../src/profile/symbols/demangled-names.ts';
import { Symbols } from '../../../src/profile/symbols/symbols.ts';
import { noGcc, noPerf } from '../../support/machine.ts';
import { unless } from '../../support/unless.ts';
import { perfNames } from './perf-oracle.ts';
import { compiled, cxx, everyKind, scratchFolder } from './programs.ts';

const folder = scratchFolder();
const withPerf = unless(noPerf ?? noGcc, test);

/** What we call each of the file offsets, demangled. */
async function ourNames(file: string, offsets: readonly number[]): Promise<(string | undefined)[]> {
  const symbols = new Symbols({ places: { buildIdCache: join(folder, '.debug') } });
  const found = symbols.user(file, undefined);
  if (!found.found) throw new Error(found.detail);
  const { table } = found;
  const names = offsets.map((offset) => {
    const symbol = table.find(offset);
    return symbol < 0 ? undefined : table.names(symbol);
  });
  const readable = await demangledNames(
    names.flatMap((all) => all ?? []),
    (mangled) => {
      const options = { input: `${mangled.join('\n')}\n`, encoding: 'latin1', maxBuffer: 1 << 30 } as const;
      return Promise.resolve(execFileSync('c++filt', ['-p', '-i'], options).split('\n').slice(0, -1));
    },
  );
  symbols.close();
  return names.map((all) => (all === undefined ? undefined : bestName(all, readable)));
}

async function compare(file: string, step = 1): Promise<Set<string>> {
  const size = statSync(file).size;
  const offsets = Array.from({ length: Math.ceil(size / step) }, (_, i) => i * step);
  const theirs = perfNames(file, offsets, folder);
  const ours = await ourNames(file, offsets);
  offsets.forEach((offset, i) => {
    assert.is(ours[i], theirs[i], `${file} at 0x${offset.toString(16)}`);
  });
  return new Set(ours.filter((name) => name !== undefined));
}

const variants: readonly [title: string, name: string, source: string, flags: readonly string[]][] = [
  ['position-independent', 'pie', everyKind, []],
  ['at fixed addresses', 'fixed', everyKind, ['-no-pie']],
  ['linked statically', 'static', everyKind, ['-static']],
  [
    'code elsewhere than in the file',
    'moved',
    everyKind,
    ['-Wl,-Ttext-segment=0x40000000', '-Wl,-z,noseparate-code', '-no-pie'],
  ],
  ['a library', 'lib.so', everyKind, ['-shared']],
  ['stripped', 'stripped', everyKind, ['-s', '-rdynamic']],
  ['C++', 'cxx', cxx, []],
  [
    '32 bit',
    'lib32.so',
    'int three = 3; static int add(int x) { return x + three; } int used(int x) { return add(x) * add(x + 1); } int other(int x) { return used(x) + 1; }',
    ['-m32', '-nostdlib', '-shared', '-fno-inline'],
  ],
];

for (const [title, name, source, flags] of variants) {
  withPerf(`every byte of a program is named as perf names it: ${title}`, async () => {
    const names = await compare(compiled(folder, name, source, flags), name === 'static' ? 16 : 1);
    assert.ok(names.size > 2, [...names].join());
    // Elsewhere `_init`, which has no size, reaches over the linkage table.
    if (name === 'stripped') assert.ok(names.has('strlen@plt'));
  });
}

withPerf('every kind of symbol is among them', async () => {
  const names = await compare(compiled(folder, 'kinds', everyKind, ['-no-pie']));
  for (const name of [
    'hidden_helper',
    'a_much_longer_alias',
    'weak_one',
    'table',
    'outer',
    'label_without_type',
  ])
    assert.ok(names.has(name), name);
  for (const name of ['plain', '__marked_alias', 'hidden_label']) assert.not.ok(names.has(name), name);
});

withPerf('with its symbols in a debug file beside it', async () => {
  const file = compiled(folder, 'split', everyKind, ['-g', '-Wl,-z,noseparate-code']);
  const debug = join(folder, 'split.debug');
  execFileSync('objcopy', ['--only-keep-debug', file, debug]);
  execFileSync('strip', [file]);
  execFileSync('objcopy', [`--add-gnu-debuglink=${debug}`, file], { cwd: folder });
  const names = await compare(file);
  assert.ok(names.has('hidden_helper'));
});

withPerf('big binaries of this machine, at some thousand places', async () => {
  for (const file of [process.execPath]) await compare(file, Math.ceil(statSync(file).size / 5000));
});

unless(noGcc, test)('addresses and sizes are those that nm prints', () => {
  const file = compiled(folder, 'nm', everyKind, ['-no-pie', '-Wl,-z,noseparate-code']);
  const symbols = new Symbols({ places: { buildIdCache: undefined } });
  const found = symbols.user(file, undefined);
  assert.ok(found.found);
  if (!found.found) return;
  const lines = execFileSync('nm', ['-S', file], { encoding: 'utf8' }).split('\n');
  let compared = 0;
  for (const line of lines) {
    const [, start = '', size = '', name = ''] =
      /^([0-9a-f]+) ([0-9a-f]+) [TtW] (weak_one|main|hidden_helper)$/.exec(line) ?? [];
    if (name === '') continue;
    // Linked at 0x400000 in one piece.
    const offset = Number.parseInt(start, 16) - 0x400000;
    const symbol = found.table.find(offset);
    assert.equal([found.table.name(symbol), found.table.start(symbol)], [name, offset]);
    assert.is.not(found.table.find(offset + Number.parseInt(size, 16)), symbol);
    compared += 1;
  }
  assert.ok(compared >= 3);
  symbols.close();
});

test.after(() => rmSync(folder, { recursive: true }));
test.run();
