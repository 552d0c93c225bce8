import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { TaskTree } from '../src/runner/tree.ts';
import { tree } from '../tasks/index.ts';
import type { Ratio } from './claim.ts';

// How long a person waits for `--list`, `--help` and Tab: in turn with the bare runtime, with Invoke listing as many tasks,
// and with ourselves where there are twenty times as many namespaces.

const ROUNDS = 40;
/**
 * What a start may cost beside one that does nothing, and beside Invoke's. On a machine at rest it is 1.3 to 1.4 times a bare Node;
 * the bar leaves room for what else a machine does. Twice as fast as Invoke is wanted and cannot be had: a bare Node takes half of
 * its time.
 */
const LEAST = { bare: 1 / 1.5, invoke: 1.2, more: 1 / 1.25 };
const WANTED = { bare: 1 / 1.4, invoke: 2 };
const root = fileURLToPath(new URL('..', import.meta.url));
const tasks = join(root, 'dist/tasks.js');
const node = process.execPath;

export async function run(): Promise<Ratio[]> {
  const commands = {
    'tasks --list': [node, tasks, '--list'],
    'tasks --help flame': [node, tasks, '--help', 'flame'],
    'tasks --complete': [node, tasks, '--complete', '--', 'tasks', 'flame', 'demo', 'echo', '--f'],
  };
  const names = Object.keys(commands);
  const [bare = 0, ...ours] = inTurn([[node, '-e', '0'], ...Object.values(commands)]);
  const ratios = names.map((name, at): Ratio => {
    const oursSeconds = ours[at] ?? 0;
    return {
      name,
      oursSeconds,
      theirsSeconds: bare,
      against: 'node -e 0',
      atLeast: LEAST.bare,
      wanted: WANTED.bare,
    };
  });
  return [...ratios, ...(await againstInvoke(commands)), ...(await growth())];
}

/** The same with Invoke listing the same tree, when it is installed (python3-invoke). */
async function againstInvoke(commands: Readonly<Record<string, readonly string[]>>): Promise<Ratio[]> {
  if (spawnSync('inv', ['--version']).status !== 0) return [];
  const folder = await mkdtemp(join(tmpdir(), 'inv-'));
  await writeInvokeTree(join(folder, 'tasks'));
  const theirs = ['inv', '--search-root', folder, '--list'];
  const [theirsSeconds = 0, ...ours] = inTurn([theirs, ...Object.values(commands)]);
  await rm(folder, { recursive: true });
  const against = 'inv --list of the same tree';
  return Object.keys(commands).map((name, at) => {
    return {
      name,
      oursSeconds: ours[at] ?? 0,
      theirsSeconds,
      against,
      atLeast: LEAST.invoke,
      wanted: WANTED.invoke,
    };
  });
}

/** Our tree in Python: a module for each namespace, the same tasks, parameters and help, and nothing else. */
async function writeInvokeTree(folder: string): Promise<void> {
  await mkdir(folder);
  const spaces = (await new TaskTree(tree).facts())?.namespaces ?? {};
  for (const [name, { tasks: known }] of Object.entries(spaces)) {
    const functions = Object.entries(known).map(([task, { doc, params }]) => {
      const all = Object.entries(params).sort(
        ([, a], [, b]) => Number(b.positional === true) - Number(a.positional === true),
      );
      const typed = all.map(([key, { type, positional }]) => {
        return positional === true
          ? pythonName(key)
          : `${pythonName(key)}=${type === 'bool' ? 'False' : 'None'}`;
      });
      const help = Object.fromEntries(
        all.map(([key, param]) => [pythonName(key).replaceAll('_', '-'), param.help ?? '']),
      );
      const text = JSON.stringify(help);
      return `@task(help=${text})\ndef ${pythonName(task)}(c, ${typed.join(', ')}):\n    ${JSON.stringify(doc)}\n`;
    });
    await writeFile(join(folder, `${name}.py`), `from invoke import task\n\n${functions.join('\n')}`);
  }
  const names = Object.keys(spaces).join(', ');
  const init = `from invoke import Collection\nfrom . import ${names}\n\nns = Collection(${names})\n`;
  await writeFile(join(folder, '__init__.py'), init);
}

const keywords = new Set(
  'and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
);

/** Python's keywords are no names there. */
function pythonName(name: string): string {
  const plain = name.replaceAll('-', '_');
  return keywords.has(plain) ? `the_${plain}` : plain;
}

/** A task of one namespace among 200 starts as it does among 10: nothing but what is named is loaded. */
async function growth(): Promise<Ratio[]> {
  const folder = await mkdtemp(join(root, 'node_modules', '.growth-'));
  try {
    const programs: string[] = [];
    for (const count of [10, 200]) programs.push(await programOf(count, join(folder, String(count))));
    const [few = 0, many = 0] = inTurn(programs.map((program) => [node, program, 'space3.work', 'x']));
    const against = 'the same with 10';
    return [
      {
        name: 'a task of 200 namespaces',
        oursSeconds: many,
        theirsSeconds: few,
        against,
        atLeast: LEAST.more,
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Builds a program of our runner with so many namespaces, bundled as ours is. */
async function programOf(count: number, folder: string): Promise<string> {
  await mkdir(folder);
  const runner = join(root, 'src/runner');
  const space = (n: number): string => `import { namespace, task } from '${runner}/define.ts';
const params = { name: { type: 'string', positional: true, help: 'What to do ${n} with.' } } as const;
const work = task({ doc: 'Does ${n}', params, run: async () => {} });
export default namespace({ doc: 'Space ${n}', default: 'work', tasks: { work } });`;
  for (let n = 0; n < count; n++) await writeFile(join(folder, `space${n}.ts`), space(n));
  const loaders = Array.from({ length: count }, (_, n) => `space${n}: () => import('./space${n}.ts')`);
  const main = `import { runProgram } from '${runner}/program.ts';
const tree = { doc: 'Many', tasks: {}, namespaces: { ${loaders.join(', ')} } };
const { env, stdout, stderr } = process;
const host = { argv: process.argv.slice(2), env, cwd: '/', stdout, stderr, signal: new AbortController().signal };
process.exitCode = await runProgram({ version: () => '1', tree }, host);`;
  await writeFile(join(folder, 'main.ts'), main);
  await build({
    entryPoints: [join(folder, 'main.ts')],
    outdir: join(folder, 'out'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    outExtension: { '.js': '.mjs' },
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return join(folder, 'out/main.mjs');
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
