import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundled } from './child.ts';
import { type Claim, median } from './claim.ts';
import { writePerfScriptText } from './perf-script-text.ts';

const textBytes = 200e6;
const rounds = 3;
const atMostBytes = 200e6;

/** Folding as whole processes, ours bundled as it is shipped, against the tool it replaces. */
export async function run(): Promise<Claim[]> {
  const folder = mkdtempSync(join(tmpdir(), 'fold-'));
  try {
    const program = await bundled('fold-program', folder);
    const flameGraphDir = process.env['FLAMEGRAPH_DIR'];
    return flameGraphDir === undefined
      ? againstPerf(folder, program)
      : againstScript(folder, program, join(flameGraphDir, 'stackcollapse-perf.pl'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function againstScript(folder: string, program: string, script: string): Claim[] {
  const text = join(folder, 'perf-script.txt');
  writePerfScriptText(text, textBytes);
  const ours = repeated(() => timed(folder, 'ours', [process.execPath, program, text]));
  const theirs = repeated(() => timed(folder, 'theirs', ['perl', script, text]));
  if (!ours.output.equals(theirs.output)) throw new Error('the two foldings differ');
  const name = `fold ${Math.round(statSync(text).size / 1e6)} MB of perf script text`;
  const seconds = { oursSeconds: ours.seconds, theirsSeconds: theirs.seconds };
  return [
    { name, ...seconds, against: 'perl stackcollapse-perf.pl', atLeast: 10 },
    { name: `${name}: memory`, bytes: Number(ours.errors) * 1024, atMostBytes },
  ];
}

// stackcollapse-perf.pl is in no package; perf brings a script of its own that folds while it reads the recording, so
// ours has to wait for `perf script` here.
function againstPerf(folder: string, program: string): Claim[] {
  const recording = join(folder, 'perf.data');
  const busy =
    'const end = Date.now() + 2000; while (Date.now() < end) JSON.parse(JSON.stringify(process.versions));';
  const record = ['record', '-q', '-F', '20000', '-g', '-o', recording, process.execPath, '-e', busy];
  timed(folder, 'record', ['perf', ...record]);
  const ours = repeated(() =>
    timed(folder, 'ours', [
      'sh',
      '-c',
      'perf script --no-inline -i "$1" 2>/dev/null | "$2" "$3"',
      'sh',
      recording,
      process.execPath,
      program,
    ]),
  );
  const theirs = repeated(() =>
    timed(folder, 'theirs', ['perf', 'script', '-i', recording, 'report', 'stackcollapse']),
  );
  const name = 'fold a recording of two seconds, perf script included';
  const seconds = { oursSeconds: ours.seconds, theirsSeconds: theirs.seconds };
  return [
    // Most of both is perf reading its own file.
    { name, ...seconds, against: 'perf script report stackcollapse', atLeast: 0.8 },
    { name: `${name}: memory`, bytes: Number(ours.errors) * 1024, atMostBytes },
  ];
}

interface Timed {
  readonly seconds: number;
  readonly output: Buffer;
  readonly errors: string;
}

function repeated(measure: () => Timed): Timed {
  const runs = Array.from({ length: rounds }, measure);
  const seconds = median(runs.map((each) => each.seconds));
  return { ...(runs.at(-1) ?? measure()), seconds };
}

function timed(folder: string, name: string, [command = '', ...args]: readonly string[]): Timed {
  const path = join(folder, `${name}.out`);
  const stdout = openSync(path, 'w');
  const start = performance.now();
  const child = spawnSync(command, args, {
    stdio: ['ignore', stdout, 'pipe'],
    encoding: 'utf8',
    cwd: folder,
  });
  const seconds = (performance.now() - start) / 1000;
  closeSync(stdout);
  if (child.status !== 0) throw new Error(`${command} failed: ${child.error?.message ?? child.stderr}`);
  return { seconds, output: readFileSync(path), errors: child.stderr };
}
