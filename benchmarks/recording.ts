import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundled } from './bundle.ts';
import { median, type Ratio } from './ratio.ts';

const rounds = 3;
const memoryBudgetBytes = 300e6;

interface Size {
  readonly what: string;
  readonly hertz: number;
  readonly milliseconds: number;
  readonly atLeast: number;
}

const sizes: readonly Size[] = [
  { what: '60,000 samples', hertz: 20_000, milliseconds: 14_000, atLeast: 12 },
  { what: '1,000 samples', hertz: 999, milliseconds: 1000, atLeast: 3 },
];
const workers = 4;

/** JavaScript in several threads. */
const busy = `
const { Worker, isMainThread, workerData } = require('node:worker_threads');
const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));
const end = isMainThread ? Date.now() + Number(process.argv[2]) : workerData;
if (isMainThread) for (let i = 1; i < ${workers}; i += 1) new Worker(__filename, { workerData: end });
const work = () => { fib(12); JSON.parse(JSON.stringify(process.versions)); 'a,b,c'.split(',').map((c) => c + c).sort(); };
const deep = (n) => (n === 0 ? work() : deep(n - 1) + 1);
while (Date.now() < end) deep(16);
`;

/** perf.data and jitdump -> folded stacks, as whole processes: ours against the pipeline it replaces, on recordings made here. */
export async function run(): Promise<Ratio[]> {
  const folder = mkdtempSync(join(tmpdir(), 'recording-'));
  try {
    const program = await bundled('recording-program', folder);
    return sizes.map((size) => compare(folder, program, size));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compare(folder: string, program: string, { what, hertz, milliseconds, atLeast }: Size): Ratio {
  const recording = join(folder, 'perf.data');
  writeFileSync(join(folder, 'busy.cjs'), busy);
  const node = [
    process.execPath,
    '--perf-prof',
    '--interpreted-frames-native-stack',
    'busy.cjs',
    String(milliseconds),
  ];
  must(folder, ['perf', 'record', '-q', '-k', '1', '-F', String(hertz), '-g', '-o', recording, ...node]);
  const ours = Array.from({ length: rounds }, () =>
    must(folder, [process.execPath, program, recording], 'ours'),
  );
  const theirs = Array.from({ length: rounds }, () => pipeline(folder));
  const result = readFileSync(join(folder, 'ours'));
  const flameGraphDir = process.env['FLAMEGRAPH_DIR'];
  if (flameGraphDir !== undefined && !result.equals(readFileSync(join(folder, 'theirs')))) {
    throw new Error('the reader and the pipeline differ');
  }
  return {
    name: `fold a recording of ${what} with its jitdump`,
    oursSeconds: median(ours.map(({ seconds }) => seconds)),
    theirsSeconds: median(theirs),
    against: `perf inject + perf script | ${flameGraphDir === undefined ? 'stackcollapse.py' : 'stackcollapse-perf.pl'}`,
    atLeast,
    memoryBytes: Math.max(...ours.map(({ errors }) => Number(errors))) * 1024,
    memoryBudgetBytes,
  };
}

/** The usual pipeline; its build-id cache and code files go with the folder. */
function pipeline(folder: string): number {
  const input = join(folder, 'perf.data');
  const injected = join(folder, 'perf.data.jit');
  copyFileSync(input, join(folder, 'copy.data'));
  const cache = join(folder, 'buildid');
  const inject = must(folder, [
    'perf',
    '--buildid-dir',
    cache,
    'inject',
    '-j',
    '-i',
    'copy.data',
    '-o',
    injected,
  ]);
  const script = process.env['FLAMEGRAPH_DIR'];
  const collapse =
    script === undefined
      ? ['perf', 'script', '-i', injected, 'report', 'stackcollapse']
      : [
          'sh',
          '-c',
          'perf script --no-inline -i "$1" 2>/dev/null | perl "$2"',
          'sh',
          injected,
          join(script, 'stackcollapse-perf.pl'),
        ];
  const folded = must(folder, collapse, 'theirs');
  return inject.seconds + folded.seconds;
}

interface Done {
  readonly seconds: number;
  readonly errors: string;
}

function must(folder: string, [command = '', ...args]: readonly string[], output?: string): Done {
  const start = performance.now();
  const child = spawnSync(command, args, { cwd: folder, maxBuffer: 1 << 30 });
  const seconds = (performance.now() - start) / 1000;
  const errors = child.stderr.toString('utf8');
  if (child.status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${errors}`);
  if (output !== undefined) writeFileSync(join(folder, output), child.stdout);
  return { seconds, errors };
}
