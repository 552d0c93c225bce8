import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readWasm } from '../../src/wasm/wasm-module.ts';
import { noWabt } from '../support/machine.ts';
import { unless } from '../support/unless.ts';
import { captureFile, RECORDED } from './capture.ts';

const ROOT = new URL('../..', import.meta.url).pathname;

function wasmFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.wasm'))
    .map((file) => join(ROOT, folder, file));
}

/** What `wasm-objdump -x` says about functions. */
function objdump(file: string) {
  const text = execFileSync('wasm-objdump', ['-x', file], { maxBuffer: 1 << 28 }).toString('utf8');
  const part = (title: RegExp) => {
    const start = text.search(title);
    if (start < 0) return [];
    const lines = text.slice(start).split('\n').slice(1);
    const end = lines.findIndex((line) => !line.startsWith(' '));
    return lines.slice(0, end < 0 ? undefined : end);
  };
  const nameLines = part(/^Custom:\n - name: "name"\n/m);
  return {
    imports: part(/^Import\[\d+\]:/m).flatMap(
      (line) => / <- (.*)$/.exec(line.startsWith(' - func[') ? line : '')?.[1] ?? [],
    ),
    defined: Number(/^Function\[(\d+)\]:/m.exec(text)?.[1] ?? 0),
    exports: part(/^Export\[\d+\]:/m).flatMap((line) => {
      const match = /^ - func\[(\d+)\].* -> "(.*)"$/.exec(line);
      return match === null ? [] : [`${match[1]} ${match[2]}`];
    }),
    names: nameLines.flatMap((line) => {
      const match = /^ - func\[(\d+)\] <(.*)>$/.exec(line);
      return match === null ? [] : [`${match[1]} ${match[2]}`];
    }),
    sections: [...text.matchAll(/^([A-Z][A-Za-z]*)(?:\[\d+\])?:$/gm)].map((match) => match[1]?.toLowerCase()),
  };
}

function compare(file: string): void {
  const module = readWasm(readFileSync(file), file);
  const theirs = objdump(file);
  assert.equal(
    module.importedFunctions.map((entry) => `${entry.module}.${entry.field}`),
    theirs.imports,
    `${file}: imports`,
  );
  assert.is(module.definedCount, theirs.defined, `${file}: defined functions`);
  assert.equal(
    module.exportedFunctions.map((entry) => `${entry.index} ${entry.name}`),
    theirs.exports,
    `${file}: exports`,
  );
  assert.equal(
    [...module.functionNames].map(([index, name]) => `${index} ${name}`),
    theirs.names,
    `${file}: names`,
  );
  const ids = module.sections.filter((entry) => entry.id !== 12).length;
  assert.is(theirs.sections.filter((name) => name !== 'datacount').length, ids, `${file}: sections`);
}

const compared = unless(noWabt, test);
compared('agrees with wasm-objdump on every module in functions/ and node_modules/', () => {
  const files = [...wasmFiles('functions'), ...wasmFiles('node_modules')];
  assert.ok(files.length >= 3, `only ${files.length} modules were found`);
  for (const file of files) compare(file);
});

compared('agrees with wasm-objdump on the captured modules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wasm-objdump-'));
  try {
    for (const name of [...RECORDED, 'echo-stripped']) {
      const file = join(folder, `${name}.wasm`);
      writeFileSync(file, captureFile(name, 'function.wasm'));
      compare(file);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
