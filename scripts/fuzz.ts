import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Campaign, type Tally } from '../test/fuzz/campaign.ts';
import { readers } from '../test/fuzz/readers.ts';
import { readerOf, repeated } from '../test/fuzz/repeat.ts';

// Fuzzes every reader of files that others wrote: `npm run fuzz -- --help`.

const help = `npm run fuzz -- [--reader NAME …] [--inputs N] [--minutes M] [--seed S] [--workers W] [--output DIR]
npm run fuzz -- --repeat FILE [--reader NAME]

Reads mutated files with the readers that the tasks use. An input that ends in anything but an error for people, takes
more than 2 s or 512 MB is a finding: it is made small and written to DIR (fuzz-findings), and the exit code is 1.

  --inputs N    inputs of all readers together (1000000)
  --minutes M   stop then even if there are inputs left
  --seed S      another seed gives other inputs (1)
  --workers W   processes (one for each core)
  --repeat F    read the file of a finding again
  --reader N    only these: ${Object.keys(readers).join(' ')}`;

const { values } = parseArgs({
  options: {
    reader: { type: 'string', multiple: true },
    inputs: { type: 'string', default: '1000000' },
    minutes: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: String(availableParallelism()) },
    output: { type: 'string', default: 'fuzz-findings' },
    repeat: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const names = Object.keys(readers);
const unknown = values.reader?.find((name) => !names.includes(name));
const [inputs, minutes, seed, workers] = [values.inputs, values.minutes, values.seed, values.workers].map(
  Number,
);
if (values.help) say(help);
else if (unknown !== undefined) refuse(`there is no reader ${unknown}; there are ${names.join(', ')}`);
else if (values.repeat !== undefined) await repeat(values.repeat, values.reader?.[0]);
else if (!(inputs !== undefined && inputs >= 1 && Number.isInteger(inputs)))
  refuse('--inputs takes a number');
else if (!(minutes !== undefined && minutes > 0)) refuse('--minutes takes a number');
else if (seed === undefined || !Number.isInteger(seed)) refuse('--seed takes a whole number');
else if (!(workers !== undefined && workers >= 1 && Number.isInteger(workers)))
  refuse('--workers takes a number');
else await fuzz(inputs, minutes * 60_000, seed, workers);

async function fuzz(most: number, limitMs: number, from: number, processes: number): Promise<void> {
  const chosen = values.reader ?? names;
  const plan = {
    readers: chosen,
    seed: from,
    inputs: most,
    limitMs,
    workers: processes,
    output: values.output,
  };
  const campaign = new Campaign(plan);
  const stop = () => campaign.stop();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  process.stderr.write(
    `fuzz: ${chosen.length} readers, seed ${from}, ${most} inputs, ${processes} processes\n`,
  );
  const isTerminal = process.stderr.isTTY === true;
  const timer = setInterval(() => {
    if (!isTerminal) return;
    const rate = Math.round(campaign.inputs / campaign.seconds);
    const text = `${campaign.inputs} of ${most} inputs, ${rate}/s, ${campaign.findings.length} findings`;
    process.stderr.write(`\r\x1b[K${text}`);
  }, 500);
  await campaign.run();
  campaign.close();
  clearInterval(timer);
  if (isTerminal) process.stderr.write('\r\x1b[K');
  say(table(campaign.tallies));
  const { findings, seconds } = campaign;
  const rate = Math.round(campaign.inputs / seconds);
  say(
    `${campaign.inputs} inputs in ${seconds.toFixed(0)} s (${rate}/s), seed ${from}, ${findings.length} findings`,
  );
  for (const { reader, why, said, file, bytes } of findings) {
    say(`${reader}: ${why}: ${said}`);
    say(`  repeat (${bytes} bytes): npm run fuzz -- --repeat ${file}`);
  }
  process.exitCode = findings.length > 0 ? 1 : 0;
}

async function repeat(file: string, reader = readerOf(file, names)): Promise<void> {
  if (reader === undefined)
    return refuse(`${file} does not begin with a reader's name; say which: --reader NAME`);
  const wrong = await repeated(reader, file);
  say(wrong === undefined ? `${reader} reads ${file}: nothing is wrong` : `${reader}: ${wrong}`);
  process.exitCode = wrong === undefined ? 0 : 1;
}

function table(tallies: readonly Tally[]): string {
  const head = ['reader', 'inputs', 'per second', 'kept', 'slowest ms', 'most MB', 'findings'];
  const rows = tallies.map(({ reader, inputs: read, busyMs, corpus, slowestMs, megabytes, findings }) => {
    const rate = busyMs > 0 ? (read / busyMs) * 1000 : 0;
    return [reader, read, rate.toFixed(0), corpus, slowestMs.toFixed(0), megabytes.toFixed(0), findings].map(
      String,
    );
  });
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ');
  return [head, ...rows].map(line).join('\n');
}

function refuse(message: string): void {
  process.stderr.write(`fuzz: ${message}\n`);
  process.exitCode = 2;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
