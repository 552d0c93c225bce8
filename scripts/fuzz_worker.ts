import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Coverage } from '../test/fuzz/coverage.ts';
import { instruction, type Report } from '../test/fuzz/messages.ts';
import { limits, peakMegabytes, readInput } from '../test/fuzz/one-input.ts';
import { Random } from '../test/fuzz/random.ts';
import { makePlace, readers } from '../test/fuzz/readers.ts';
import { Rounds } from '../test/fuzz/rounds.ts';

// A process that reads inputs until one of them ends it. Before each input it writes down which one it is: the process that
// started this one kills it when that takes too long.

const folder = process.argv[2] ?? '';
const place = makePlace(folder);
const current = openSync(join(folder, 'current'), 'w');
const header = Buffer.alloc(8);
const rounds = new Map<string, Rounds>();
let coverage: Coverage | undefined;
let inputs = 0;

function before(bytes: Buffer): void {
  inputs += 1;
  header.writeUInt32LE(inputs, 0);
  header.writeUInt32LE(bytes.length, 4);
  writeSync(current, Buffer.concat([header, bytes]), 0, bytes.length + 8, 0);
}

function report(message: Report): void {
  process.send?.(message);
}

async function obey(message: unknown): Promise<void> {
  const asked = instruction.parse(message);
  const reader = readers[asked.reader];
  if (reader === undefined) throw new Error(`there is no reader ${asked.reader}`);
  if (asked.kind === 'try') {
    const bytes = Buffer.from(asked.bytes);
    before(bytes);
    const { why, said } = await readInput(reader, bytes, place);
    report({ kind: 'tried', why, said, megabytes: peakMegabytes() });
    return;
  }
  coverage ??= new Coverage('/src/');
  const own = rounds.get(asked.reader) ?? new Rounds(reader);
  rounds.set(asked.reader, own);
  let slowest = 0;
  await own.run(asked.count, new Random(asked.seed), coverage, place, {
    before,
    finding: ({ why = 'exception', said }, bytes) => {
      report({ kind: 'finding', reader: asked.reader, why, said, bytes });
      // What a process once needed stays its peak.
      if (peakMegabytes() > limits.megabytes) process.disconnect?.();
    },
    slowest: (milliseconds) => {
      slowest = Math.max(slowest, milliseconds);
    },
  });
  report({ kind: 'done', slowest, megabytes: peakMegabytes(), corpus: own.corpus, shapes: coverage.size });
}

process.on('message', (message) => {
  obey(message).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(70);
  });
});
process.on('disconnect', () => process.exit(0));
