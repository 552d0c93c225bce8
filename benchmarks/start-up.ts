import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ratio } from './claim.ts';

// How long a person waits for `--list` and `--help`, in turn with the bare runtime and with Invoke listing as many tasks.

const ROUNDS = 15;
const tasks = fileURLToPath(new URL('../dist/tasks.js', import.meta.url));

export async function run(): Promise<Ratio[]> {
  const list = [process.execPath, tasks, '--list'];
  const bare = [process.execPath, '-e', '0'];
  const help = [process.execPath, tasks, '--help', 'flame'];
  const [listSeconds = 0, helpSeconds = 0, bareSeconds = 0] = inTurn([list, help, bare]);
  const common = { theirsSeconds: bareSeconds, against: 'node -e 0', atLeast: 1 / 1.5 };
  const ratios: Ratio[] = [
    { name: 'tasks --list', oursSeconds: listSeconds, ...common },
    { name: 'tasks --help flame', oursSeconds: helpSeconds, ...common },
  ];
  const invoke = await againstInvoke(list);
  return invoke === undefined ? ratios : [...ratios, invoke];
}

/** The same list with Invoke, when it is installed (python3-invoke). */
async function againstInvoke(list: readonly string[]): Promise<Ratio | undefined> {
  if (spawnSync('inv', ['--version']).status !== 0) return undefined;
  const count = spawnSync(process.execPath, [tasks, '--list'], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((line) => /^ {2}\w/.test(line)).length;
  const folder = await mkdtemp(join(tmpdir(), 'inv-'));
  const source = Array.from(
    { length: count },
    (_, n) => `@task\ndef task${n}(c, user, func, data=None):\n    "Does ${n}."\n`,
  );
  await writeFile(join(folder, 'tasks.py'), `from invoke import task\n\n${source.join('\n')}`);
  const [ours = 0, theirs = 0] = inTurn([list, ['inv', '--search-root', folder, '--list']]);
  await rm(folder, { recursive: true });
  const against = `inv --list (${count} tasks)`;
  return { name: 'tasks --list', oursSeconds: ours, theirsSeconds: theirs, against, atLeast: 1 };
}

/**
 * The fastest of many whole processes in seconds, run A B C A B C … so that a drifting machine hits all alike. For work of a
 * few milliseconds noise only adds: the fastest run is the one with the least of it.
 */
function inTurn(commands: readonly (readonly string[])[]): number[] {
  const times = commands.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [at, [program = '', ...args]] of commands.entries()) {
      const started = performance.now();
      const { status } = spawnSync(program, args, { stdio: 'ignore' });
      if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed`);
      if (round > 0) times[at]?.push((performance.now() - started) / 1000);
    }
  }
  return times.map((seconds) => Math.min(...seconds));
}
