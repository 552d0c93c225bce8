import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundled } from './bundle.ts';
import type { Ratio } from './ratio.ts';

const tasks = fileURLToPath(new URL('../dist/tasks.js', import.meta.url));
const memoryBudgetBytes = 300e6;

interface Size {
  readonly what: string;
  readonly hertz: number;
  readonly milliseconds: number;
  /** Calls between the event loop and the work. */
  readonly depth: number;
  readonly rounds: number;
  readonly atLeast: number;
}

const everyday = { hertz: 999, milliseconds: 1000, rounds: 3, atLeast: 3 };
/** For `npm run check`: seconds, on any machine. */
const small: readonly Size[] = [{ what: 'the everyday case', depth: 16, ...everyday }];
const all: readonly Size[] = [
  { what: 'shallow stacks', depth: 0, hertz: 20_000, milliseconds: 14_000, rounds: 1, atLeast: 12 },
  { what: 'deep stacks', depth: 24, hertz: 20_000, milliseconds: 14_000, rounds: 1, atLeast: 12 },
  { what: 'the everyday case, shallow stacks', depth: 0, ...everyday },
  ...small,
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
while (Date.now() < end) deep(Number(process.env.DEPTH));
`;

/** perf.data and jitdump -> folded stacks, as whole processes: ours against the pipeline it replaces, on recordings made here. */
export async function run(isCheck: boolean): Promise<Ratio[]> {
  const folder = mkdtempSync(join(tmpdir(), 'recording-'));
  try {
    const program = await bundled('recording-program', folder);
    return (isCheck ? small : all).map((size) => compare(folder, program, size));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compare(folder: string, program: string, size: Size): Ratio {
  const { what, hertz, milliseconds, depth, rounds, atLeast } = size;
  const recording = join(folder, 'perf.data');
  writeFileSync(join(folder, 'busy.cjs'), busy);
  const node = [
    process.execPath,
    '--perf-prof',
    '--interpreted-frames-native-stack',
    'busy.cjs',
    String(milliseconds),
  ];
  process.env['DEPTH'] = String(depth);
  // Tables of binaries that were seen before are in the cache, as on any day but the first.
  process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
  mkdirSync(join(folder, 'cache'), { recursive: true });
  must(folder, ['perf', 'record', '-q', '-k', '1', '-F', String(hertz), '-g', '-o', recording, ...node]);
  const [samples = 0, kilobytes = 0] = must(folder, [process.execPath, program, recording], 'alone')
    .errors.split(' ')
    .map(Number);
  const fold = [process.execPath, tasks, 'flame.fold', recording];
  must(folder, fold, 'ours');
  const ours: number[] = [];
  const theirs: number[] = [];
  // In turn, and the fastest counts: noise only adds.
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < 3; i += 1) ours.push(must(folder, fold, 'ours').seconds);
    theirs.push(pipeline(folder));
  }
  const result = readFileSync(join(folder, 'ours'));
  if (!result.equals(readFileSync(join(folder, 'alone')))) throw new Error('the cache makes a difference');
  const flameGraphDir = process.env['FLAMEGRAPH_DIR'];
  if (flameGraphDir !== undefined && !result.equals(readFileSync(join(folder, 'theirs')))) {
    throw new Error('the reader and the pipeline differ');
  }
  return {
    name: `fold a recording with its jitdump, ${what} (${samples} samples)`,
    oursSeconds: Math.min(...ours),
    theirsSeconds: Math.min(...theirs),
    against: `perf inject + perf script | ${flameGraphDir === undefined ? 'stackcollapse.py' : 'stackcollapse-perf.pl'}`,
    atLeast,
    memoryBytes: kilobytes * 1024,
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
