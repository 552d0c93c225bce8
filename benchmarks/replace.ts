import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  createWriteStream,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { replaceSymbols } from '../src/wasm/symbol-replacement.ts';
import { median, type Ratio } from './claim.ts';

const SYMBOLS = 1000;
const TEXT_BYTES = 5e6;
const ROUNDS = 3;

/** Replacing 1000 symbols in a log of 5 MB, against the original's one `sed -i` for each, highest number first. */
export async function run(): Promise<Ratio[]> {
  const folder = mkdtempSync(join(tmpdir(), 'replace-'));
  try {
    const symbols = new Map(
      Array.from({ length: SYMBOLS }, (_, n) => [`functionDef${n}`, `ns_handler_${n}_of_it`]),
    );
    const [input, ours, theirs] = [join(folder, 'input'), join(folder, 'ours'), join(folder, 'theirs')];
    const text = logText(TEXT_BYTES);
    writeFileSync(input, text);
    writeFileSync(theirs, text);
    const oursSeconds: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      await pipeline(
        Readable.from(replaceSymbols(createReadStream(input), symbols)),
        createWriteStream(ours),
      );
      oursSeconds.push((performance.now() - start) / 1000);
    }
    const start = performance.now();
    for (let n = SYMBOLS - 1; n >= 0; n--) {
      execFileSync('sed', ['-i', `s/functionDef${n}/${symbols.get(`functionDef${n}`)}/g`, theirs]);
    }
    const theirsSeconds = (performance.now() - start) / 1000;
    if (!readFileSync(ours).equals(readFileSync(theirs))) throw new Error('the two replacements differ');
    return [
      {
        name: 'replace 1000 symbols in 5 MB',
        oursSeconds: median(oursSeconds),
        theirsSeconds,
        against: 'sed -i s/functionDefN/NAME/g for each symbol, as inv disas.replace',
        atLeast: 50,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Lines like a debugger's, with a symbol in each; every number below 1000 about as often. */
function logText(bytes: number): string {
  const lines: string[] = [];
  let size = 0;
  for (let i = 0; size < bytes; i++) {
    const line = `#${i % 40}  0x00007f${(i * 2654435761) % 2 ** 32} in functionDef${(i * 7919) % SYMBOLS} () from function.wasm\n`;
    lines.push(line);
    size += line.length;
  }
  return lines.join('');
}
