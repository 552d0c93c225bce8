import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

// Runs every test file (or those whose path holds one of the arguments) in a process of its own, as many at a time as
// there are cores, and adds up what they say. A file that says nothing, or fewer skips than its names promise, fails.

const root = fileURLToPath(new URL('..', import.meta.url));
const patterns = process.argv.slice(2);
/** For what never ends: a file that takes two minutes alone may take half an hour on a machine that is busy with other things. */
const TIMEOUT_MS = 2_400_000;

interface Outcome {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  readonly text: string;
}

const entries = await readdir(join(root, 'test'), { recursive: true });
const files = entries
  .filter(
    (name) =>
      name.endsWith('.test.ts') &&
      (patterns.length === 0 || patterns.some((pattern) => name.includes(pattern))),
  )
  .map((name) => join('test', name))
  // Plain order: the slow ones (browsers, whole programs) are in the middle, so the last files are quick and no core waits long.
  .sort();
const outcomes: Outcome[] = [];
const queue = [...files];
await Promise.all(Array.from({ length: Math.min(availableParallelism(), files.length) }, work));

const sum = (key: 'passed' | 'failed' | 'skipped'): number =>
  outcomes.reduce((total, outcome) => total + outcome[key], 0);
const skipped = sum('skipped');
say(`${sum('passed')} passed, ${sum('failed')} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
process.exitCode = sum('failed') > 0 || files.length === 0 ? 1 : 0;

async function work(): Promise<void> {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    const outcome = await run(file);
    outcomes.push(outcome);
    const { passed, failed, skipped: left } = outcome;
    const mark = failed > 0 ? 'FAIL' : 'ok  ';
    say(
      `${mark} ${relative('test', file)} ${passed}${left === 0 ? '' : ` (${left} skipped)`} ${outcome.seconds.toFixed(1)}s`,
    );
    const said =
      failed > 0
        ? outcome.text.split('\n')
        : outcome.text.split('\n').filter((line) => line.startsWith('skipped: '));
    for (const line of said) say(`     | ${line}`);
  }
}

async function run(file: string): Promise<Outcome> {
  const started = performance.now();
  const child = spawn(process.execPath, ['--import', 'tsx', file], {
    cwd: root,
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearTimeout(timer);
  const seconds = (performance.now() - started) / 1000;
  const count = (label: string): number => Number(new RegExp(`${label}:\\s+(\\d+)`).exec(text)?.[1] ?? 0);
  const [total, passed, skipped] = [count('Total'), count('Passed'), count('Skipped')];
  // A crash, a time-out or a file without tests counts as one failure.
  const isFine = code === 0 && total + skipped > 0;
  const failed = Math.max(total - passed, isFine ? 0 : 1);
  return { file, passed, failed, skipped, seconds, text };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
