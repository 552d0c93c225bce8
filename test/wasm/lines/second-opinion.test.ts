import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { SourcePlace } from '../../../src/util/source-place.ts';
import { noLlvmTools } from '../../support/machine.ts';
import { unless } from '../../support/unless.ts';
import { C_SOURCE, CPP_SOURCE, compiled, opened, scratch } from './compiled.ts';

const compared = unless(noLlvmTools, test);

/** A place as both sides write it; paths hold `./` in one of them. */
function said(place: SourcePlace | undefined): string {
  return place === undefined ? 'none' : `${posix.normalize(place.file)}:${place.line}:${place.column ?? 0}`;
}

/** What llvm-symbolizer says of code offsets. */
function symbolized(path: string, offsets: readonly number[]): string[] {
  const input = offsets.map((offset) => `0x${offset.toString(16)}\n`).join('');
  const options = { input, maxBuffer: 1 << 28 };
  const text = execFileSync('llvm-symbolizer-14', [`--obj=${path}`, '--no-inlines'], options).toString();
  return text
    .split('\n\n')
    .slice(0, offsets.length)
    .map((answer) => {
      const [, file = '', line = '', column = ''] = /\n(.*):(\d+):(\d+)$/.exec(answer) ?? [];
      return file === '??' || line === '0' ? 'none' : `${posix.normalize(file)}:${line}:${column}`;
    });
}

/** Where llvm-dwarfdump says functions are declared, by the code offset that they begin at. */
function declared(path: string): Map<number, string> {
  const text = execFileSync('llvm-dwarfdump-14', ['--debug-info', path], { maxBuffer: 1 << 28 }).toString();
  const entries = new Map<string, Record<string, string>>();
  for (const entry of text.split(/\n(?=0x)/)) {
    const [, offset, tag] = /^0x([0-9a-f]+):\s+(DW_TAG_\w+)/.exec(entry) ?? [];
    if (offset === undefined || tag !== 'DW_TAG_subprogram') continue;
    const values = [...entry.matchAll(/^\s+DW_AT_(\w+)\s+\((.*)\)$/gm)];
    entries.set(offset, Object.fromEntries(values.map(([, name = '', value = '']) => [name, value])));
  }
  const find = (entry: Record<string, string>, name: string): string | undefined => {
    const origin = entry['specification'] ?? entry['abstract_origin'];
    const next = entries.get(/^0x([0-9a-f]+)/.exec(origin ?? '')?.[1] ?? '');
    return entry[name] ?? (next === undefined ? undefined : find(next, name));
  };
  const places = new Map<number, string>();
  for (const entry of entries.values()) {
    const [low, file, line] = ['low_pc', 'decl_file', 'decl_line'].map((name) => find(entry, name));
    if (entry['low_pc'] === undefined || file === undefined || places.has(Number(low))) continue;
    places.set(Number(low), `${posix.normalize(file.slice(1, -1))}:${line}:0`);
  }
  return places;
}

const modules: readonly (readonly [name: string, source: string, flags: readonly string[]])[] = [
  ['c2', C_SOURCE, ['-g', '-gdwarf-2', '-O2']],
  ['c3', C_SOURCE, ['-g', '-gdwarf-3', '-O0']],
  ...[4, 5].flatMap((version) =>
    ['-O0', '-O2'].map(
      (level) => [`c${version}${level}`, C_SOURCE, ['-g', `-gdwarf-${version}`, level]] as const,
    ),
  ),
  ...[4, 5].flatMap((version) =>
    ['-O0', '-O2'].map(
      (level) => [`cpp${version}${level}`, CPP_SOURCE, ['-g', `-gdwarf-${version}`, level]] as const,
    ),
  ),
  ['tables', C_SOURCE, ['-gline-tables-only', '-O2']],
];

for (const [name, source, flags] of modules) {
  compared(`${flags.join(' ')}: the lines that LLVM says, of ${source === C_SOURCE ? 'C' : 'C++'}`, () => {
    const folder = scratch();
    try {
      const path = compiled(folder, name, source, flags);
      const { lines, bodies, symbols } = opened(path);
      const offsets = symbols.flatMap(({ n }) => {
        const [start = 0, end = 0] = [bodies.starts[n], bodies.ends[n]];
        return Array.from({ length: end - start }, (_, i) => start + i).filter(
          (at) => at === start || at % 5 === 0,
        );
      });
      const answers = symbolized(path, offsets);
      const different = offsets.flatMap((offset, i) => {
        const [ours, their] = [said(lines.at(offset)), answers[i]];
        return ours === their ? [] : [`at ${offset}: ${ours}, LLVM: ${their}`];
      });
      assert.equal(different, []);
      const theirs = declared(path);
      assert.ok(theirs.size > 10);
      for (const { n, index, name: symbol } of symbols) {
        const their = theirs.get(bodies.starts[n] ?? 0);
        if (their !== undefined) assert.is(said(lines.declaration(index)), their, symbol);
      }
      const own = symbols.find((symbol) => /^(work|main|__main_argc_argv)$/.test(symbol.name));
      assert.ok(lines.declaration(own?.index ?? -1)?.file.startsWith(folder));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test.run();
