import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { SymbolsFound } from '../../../src/profile/symbols/symbol-table.ts';
import { Symbols } from '../../../src/profile/symbols/symbols.ts';
import { makeElf } from './make-elf.ts';
import { scratchFolder } from './programs.ts';

const folder = scratchFolder();
const id = 'ab0102030405060708090a0b0c0d0e0f10111213';
const places = { debug: join(folder, 'debug'), buildIdCache: join(folder, 'cache') };

function elf(name: string, buildId = id): Uint8Array {
  const symbols = [{ name, value: 0x10000, size: 0x20 }];
  return makeElf({
    is64: true,
    littleEndian: true,
    address: 0x10000,
    symbols: name === '' ? [] : symbols,
    buildId,
  });
}

function put(path: string, bytes: Uint8Array): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

/** Asks for the symbols of a file and gives the name at its first code byte, or why there is none. */
function nameOf(path: string, buildId?: string, pid?: number): string {
  const symbols = new Symbols({ places });
  const found: SymbolsFound = symbols.user(path, buildId, pid);
  const name = found.found ? found.table.name(found.table.find(0x48)) : found.reason;
  symbols.close();
  return name;
}

test.before.each(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
});

test('a file of another build is never used, and the message has both build-ids', () => {
  const path = put(join(folder, 'program'), elf('new_code', 'ffff'));
  const found = new Symbols({ places }).user(path, id);
  assert.ok(!found.found && found.reason === 'other build');
  assert.ok(!found.found && found.detail.includes('ffff') && found.detail.includes(id));
  assert.is(nameOf(path), 'new_code', 'without a build-id in the recording there is nothing to check');
});

test('where the file was rebuilt, the debug file and the cache of the recorded build are used', () => {
  const path = put(join(folder, 'program'), elf('new_code', 'ffff'));
  put(join(places.debug, '.build-id/ab', `${id.slice(2)}.debug`), elf('old_code'));
  assert.is(nameOf(path, id), 'old_code');
  put(join(places.buildIdCache, '.build-id/ab', id.slice(2), 'elf'), elf('cached_code'));
  assert.is(nameOf(path, id), 'cached_code');
});

test('a debug file of another build is passed over', () => {
  const path = put(join(folder, 'program'), elf('own'));
  put(`${places.debug}${path}`, elf('other', 'ffff'));
  assert.is(nameOf(path, id), 'own');
  assert.is(nameOf(path), 'own', "the file's own build-id counts where the recording has none");
  put(`${places.debug}${path}`, elf('debug_file'));
  assert.is(nameOf(path), 'debug_file');
});

test('says what is wrong with what is there', () => {
  assert.is(nameOf(join(folder, 'nothing')), 'missing');
  assert.is(nameOf('[heap]'), 'missing');
  assert.is(nameOf('relative/path'), 'missing');
  assert.is(nameOf(put(join(folder, 'text'), Buffer.from('#!/bin/sh\n'.repeat(20)))), 'not ELF');
  assert.is(nameOf(put(join(folder, 'bare'), elf(''))), 'stripped');
  assert.is(nameOf(folder), 'unreadable');
  assert.is(nameOf('/dev/zero'), 'unreadable');
  assert.is(nameOf(`${folder}/nul\0byte`), 'unreadable');
});

test('a pipe is not waited for', () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  assert.is(nameOf(pipe), 'unreadable');
});

test('a path is bytes', () => {
  const path = put(join(folder, 'prögram'), elf('main'));
  assert.is(nameOf(Buffer.from(path, 'utf8').toString('latin1')), 'main');
});

test('a deleted file is used when it is back in the same build', () => {
  const path = put(join(folder, 'program'), elf('back'));
  assert.is(nameOf(`${path} (deleted)`, id), 'back');
  assert.is(nameOf(`${path} (deleted)`), 'missing');
  assert.is(nameOf(`${path} (deleted)`, 'ffff'), 'other build');
});

test('a program that was deleted is read from the process that runs it', () => {
  const path = join(folder, 'sleeper');
  copyFileSync('/bin/sleep', path);
  const { spawn } = process.getBuiltinModule('node:child_process');
  const child = spawn(path, ['60']);
  try {
    const symbols = new Symbols({ places });
    const before = symbols.user(path, undefined);
    unlinkSync(path);
    const after = symbols.user(`${path} (deleted)`, undefined, child.pid);
    assert.is(after.found, before.found);
    assert.ok(!after.found || after.from === `/proc/${child.pid}/exe`);
    symbols.close();
  } finally {
    child.kill('SIGKILL');
  }
});

test('names stay right when the file is replaced meanwhile, and are read once', () => {
  const path = put(join(folder, 'program'), elf('before'));
  const symbols = new Symbols({ places });
  const found = symbols.user(path, undefined);
  unlinkSync(path);
  put(path, elf('after'));
  assert.is(found.found && found.table.name(found.table.find(0x48)), 'before');
  assert.is(symbols.user(path, undefined), found);
  symbols.close();
});

test('nothing is written', () => {
  const path = put(join(folder, 'program'), elf('main'));
  nameOf(path, id);
  assert.equal(readFileSync(path), Buffer.from(elf('main')));
  assert.equal(execFileSync('find', [folder, '-type', 'f'], { encoding: 'utf8' }).trim(), path);
});

test('the kernel and its vdso, when they are those of the recording', () => {
  const proc = join(folder, 'proc');
  const sys = join(folder, 'sys');
  put(join(proc, 'kallsyms'), Buffer.from('ffffffff81000000 T _text\nffffffff81000010 T schedule\n'));
  put(join(proc, 'sys/kernel/osrelease'), Buffer.from('6.1.0-test\n'));
  const notes = Buffer.concat([
    Buffer.from('040000000400000003000000', 'hex'),
    Buffer.from('GNU\0'),
    Buffer.from('beefbeef', 'hex'),
  ]);
  put(join(sys, 'kernel/notes'), notes);
  const symbols = new Symbols({ places: { ...places, proc, sys } });
  const outcome = (recorded: Parameters<Symbols['kernel']>[1]) => {
    const found = symbols.kernel(undefined, recorded);
    return found.found ? found.table.name(found.table.find(0x81000018)) : found.reason;
  };
  assert.is(outcome({ buildId: 'beefbeef' }), 'schedule');
  assert.is(outcome({ buildId: 'beefbeef', osRelease: 'renamed' }), 'schedule');
  assert.is(outcome({ buildId: 'beef0000' }), 'other build');
  assert.is(outcome({ osRelease: '6.1.0-test' }), 'schedule');
  assert.is(outcome({ osRelease: '6.1.0-other' }), 'other build');
  assert.is(
    outcome({ buildId: 'beefbeef', reference: { name: '_text', address: 0x81000010 } }),
    '_text',
    'moved by 16',
  );
  put(
    join(places.buildIdCache, '[kernel.kallsyms]', 'beef0000', 'kallsyms'),
    Buffer.from('ffffffff81000000 T kept\n'),
  );
  const later = new Symbols({ places: { ...places, proc, sys } }).kernel(undefined, { buildId: 'beef0000' });
  assert.ok(later.found && later.table.name(later.table.find(0x81000018)) === 'kept');
});

test('hidden kernel addresses are a reason of their own', () => {
  const proc = join(folder, 'proc');
  put(join(proc, 'kallsyms'), Buffer.from('0000000000000000 T _text\n'));
  const found = new Symbols({ places: { ...places, proc, sys: folder } }).kernel(undefined, {});
  assert.ok(!found.found && found.reason === 'hidden');
});

test('the vdso of this kernel', () => {
  const found = new Symbols({ places }).user('[vdso]', undefined);
  assert.ok(found.found);
  assert.is(new Symbols({ places }).user('[vdso]', 'ffff').found, false);
});

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
