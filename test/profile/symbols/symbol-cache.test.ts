import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kernelAddress } from '../../../src/profile/symbols/kallsyms.ts';
import { SymbolCache } from '../../../src/profile/symbols/symbol-cache.ts';
import type { SymbolTable } from '../../../src/profile/symbols/symbol-table.ts';
import { Symbols } from '../../../src/profile/symbols/symbols.ts';
import { root } from '../../support/run.ts';
import { compiled, everyKind, scratchFolder } from './programs.ts';

const folder = scratchFolder();
const cache = join(folder, 'cache');
const many = Array.from({ length: 1500 }, (_, i) => `int filler_${i}(void) { return ${i}; }`).join('\n');
const program = compiled(folder, 'many', `${everyKind}\n${many}`, ['-Wl,--build-id']);
const size = statSync(program).size;

/** What a table says of every byte of the program. */
function everything({ find, start, names, name }: SymbolTable): string {
  return Array.from({ length: size + 16 }, (_, at) => {
    const symbol = find(at);
    return symbol < 0 ? '' : `${start(symbol)} ${name(symbol)} ${names(symbol).join(' ')}`;
  }).join('\n');
}

function read(options: { readonly cache?: string } = { cache }): string {
  const symbols = new Symbols(options);
  try {
    const found = symbols.user(program, undefined);
    if (!found.found) throw new Error(found.detail);
    const { table } = found;
    return everything({
      find: (at) => table.find(at),
      start: (symbol) => table.start(symbol),
      name: (symbol) => table.name(symbol),
      names: (symbol) => table.names(symbol),
    });
  } finally {
    symbols.close();
  }
}

const without = read({});
const entries = (): string[] => (existsSync(cache) ? readdirSync(cache) : []);
const entry = (): string => join(cache, entries()[0] ?? 'none');

test.before.each(() => {
  rmSync(cache, { recursive: true, force: true });
});
test.after(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('a table from the cache says the same of every byte, overlaps, aliases and linkage table included', () => {
  assert.equal(entries(), []);
  assert.is(read(), without);
  assert.is(entries().length, 1);
  const { mtimeMs, ino } = statSync(entry());
  assert.is(read(), without);
  assert.equal([statSync(entry()).mtimeMs, statSync(entry()).ino], [mtimeMs, ino], 'it was not read anew');
  assert.match(without, /filler_1499/);
  assert.match(without, /@plt/);
});

test('the entry is what is read: names come from the file at the places that it says', () => {
  read();
  const bytes = readFileSync(program);
  const at = bytes.indexOf('filler_777\0');
  bytes.write('FILLER', at);
  const times = statSync(program);
  writeFileSync(program, bytes);
  utimesSync(program, times.atime, times.mtime);
  try {
    assert.match(read(), /FILLER_777/);
  } finally {
    bytes.write('filler', at);
    writeFileSync(program, bytes);
  }
});

test('a file that was written since is read anew', () => {
  read();
  const { ino } = statSync(entry());
  utimesSync(program, new Date(), new Date(Date.now() - 5000));
  assert.is(read(), without);
  assert.is.not(statSync(entry()).ino, ino);
});

test('a cut or changed entry is ignored, and replaced', () => {
  read();
  const whole = readFileSync(entry());
  const damaged = [0, 1, 15, 16, 47, 60, 100, whole.length - 1].flatMap((at) => {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    return [changed, whole.subarray(0, at)];
  });
  for (const bytes of damaged) {
    writeFileSync(entry(), bytes);
    assert.is(read(), without);
    assert.equal(readFileSync(entry()), whole);
  }
});

test("another file's entry, a link, a folder and a folder that cannot be made do no harm", () => {
  read();
  const path = entry();
  const own = new SymbolCache(cache);
  const name = entries()[0] ?? '';
  assert.is(own.get(name, 'another key'), undefined);
  const real = `${path}.moved`;
  writeFileSync(real, readFileSync(path));
  rmSync(path);
  symlinkSync(real, path);
  assert.is(read(), without);
  rmSync(path, { force: true });
  mkdirSync(path);
  assert.is(read(), without);
  assert.is(read({ cache: join(program, 'below-a-file') }), without);
});

test('several runs at a time leave one whole entry', async () => {
  const source = join(root, 'src/profile/symbols/symbols.ts');
  read();
  const entryPath = entry();
  const code = `import { rmSync } from 'node:fs';
const { Symbols } = await import(${JSON.stringify(source)});
for (let i = 0; i < 10; i += 1) {
  const symbols = new Symbols({ cache: ${JSON.stringify(cache)} });
  const { found, table } = symbols.user(${JSON.stringify(program)});
  if (!found || !table.name(table.find(table.start(5))).length) process.exit(1);
  symbols.close();
  if (i < 9) rmSync(${JSON.stringify(entryPath)}, { force: true });
}`;
  const runs = Array.from(
    { length: 3 },
    () =>
      new Promise<number | null>((resolve) => {
        const args = ['--import', 'tsx', '--input-type=module', '-e', code];
        spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] }).on(
          'close',
          resolve,
        );
      }),
  );
  assert.equal(await Promise.all(runs), [0, 0, 0]);
  assert.is(read(), without);
  assert.ok(entries().every((name) => !name.endsWith('.tmp')));
});

test('the cache stays within its bounds; what was used last stays', () => {
  const bounded = new SymbolCache(cache, { entries: 3, bytes: 40_000 });
  const made = (bytes: number) => ({
    key: 'k',
    entry: {
      columns: {
        base: 0,
        bounds: new Uint32Array(0),
        covers: new Uint32Array(0),
        starts: new Uint32Array(0),
        names: new Uint32Array(0),
        kinds: new Uint8Array(0),
        others: new Uint32Array(0),
      },
      strings: [],
      text: new Uint8Array(bytes),
    },
  });
  mkdirSync(cache);
  writeFileSync(join(cache, '.left.1.tmp'), 'of a run that was killed');
  utimesSync(join(cache, '.left.1.tmp'), 0, 0);
  for (let i = 0; i < 5; i += 1) {
    bounded.keep(`entry-${i}`, () => made(100));
    bounded.write();
    utimesSync(join(cache, `entry-${i}`), i, i);
  }
  assert.equal(entries().sort(), ['entry-2', 'entry-3', 'entry-4']);
  assert.is(bounded.get('entry-2', 'k')?.text.length, 100);
  bounded.keep('entry-5', () => made(100));
  bounded.write();
  assert.equal(entries().sort(), ['entry-2', 'entry-4', 'entry-5'], 'entry-2 was used since');
  bounded.keep('too-large', () => made(11_000));
  bounded.write();
  assert.not.ok(entries().includes('too-large'));
});

test("the running kernel's table is kept for its boot; modules are read every time", () => {
  const places = { proc: join(folder, 'proc'), sys: join(folder, 'sys'), buildIdCache: undefined };
  mkdirSync(join(places.proc, 'sys/kernel/random'), { recursive: true });
  writeFileSync(join(places.proc, 'sys/kernel/osrelease'), '6.1\n');
  const boot = (id: string) => writeFileSync(join(places.proc, 'sys/kernel/random/boot_id'), `${id}\n`);
  const list = (core: string, module: string) => {
    const text = `ffffffff81000000 T _stext\nffffffff81000000 T _text\nffffffff81000100 t ${core}\nffffffff81000200 D end\nffffffffc0a01000 t ${module}\t[mod]\n`;
    writeFileSync(join(places.proc, 'kallsyms'), text);
  };
  const ask = (): (string | undefined)[] => {
    const symbols = new Symbols({ places, cache });
    const reference = { name: '_text', address: kernelAddress(0xffffffff, 0x81000000) };
    const found = symbols.kernel(undefined, { osRelease: '6.1', reference });
    const names = [0x80ffffff, 0x81000000, 0x810001ff, 0x81000200, 0x81002000, 0xc0a01004].map((low) => {
      const symbol = found.found ? found.table.find(kernelAddress(0xffffffff, low)) : -1;
      return found.found && symbol >= 0 ? found.table.name(symbol) : undefined;
    });
    symbols.close();
    return names;
  };
  boot('one');
  list('first', 'old_module');
  const expected = [undefined, '_text', 'first', 'end', undefined, 'old_module'];
  assert.equal(ask(), expected);
  assert.equal(ask(), expected);
  list('unseen', 'new_module');
  assert.equal(ask(), [undefined, '_text', 'first', 'end', undefined, 'new_module']);
  boot('two');
  assert.equal(ask(), [undefined, '_text', 'unseen', 'end', undefined, 'new_module']);
});

test.run();
