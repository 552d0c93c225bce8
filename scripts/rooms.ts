import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// Which room may import which: the arrows of docs/architecture.md. Imports inside a room are its own affair; every room
// may use `util`, and `steps` may use all below it. Prints what breaks the rule and exits 1.

const root = fileURLToPath(new URL('..', import.meta.url));

/** A room -> the rooms it may import from, besides `util`. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  util: [],
  picture: [],
  wasm: [],
  runner: [],
  faasm: [],
  profile: [],
  process: ['runner'],
  build: ['faasm'],
  llvm: ['build', 'profile'],
  machine: ['faasm'],
  setup: ['faasm'],
  doctor: ['build', 'faasm', 'machine', 'profile'],
  debug: ['wasm'],
  stacks: ['profile'],
  valgrind: ['stacks'],
  flamegraph: ['picture', 'stacks'],
  import: ['faasm', 'process', 'profile', 'runner', 'stacks', 'valgrind', 'wasm'],
  engine: ['faasm', 'wasm'],
  planner: ['engine', 'faasm'],
  execgraph: ['picture', 'planner'],
  bench: ['picture'],
  monitor: ['bench', 'doctor', 'picture'],
  api: ['faasm', 'process', 'runner'],
  'own-tasks': ['api', 'faasm', 'process', 'runner'],
};

const everything = ['steps', ...Object.keys(arrows)];
const allowed = new Map(Object.entries({ ...arrows, steps: Object.keys(arrows), tasks: everything }));
const files = execFileSync('git', ['ls-files', 'src/**/*.ts', 'tasks/*.ts'], { cwd: root, encoding: 'utf8' });
const wrong: string[] = [];
for (const file of files.split('\n').filter((name) => name !== '')) {
  const text = readFileSync(resolve(root, file), 'utf8');
  const from = roomOf(file);
  const rooms = allowed.get(from);
  if (rooms === undefined) wrong.push(`${file}: the room ${from} is not in scripts/rooms.ts`);
  for (const [, specifier = ''] of text.matchAll(/(?:from|import\() ?'(\.[^']+)'/g)) {
    const to = roomOf(relative(root, resolve(root, dirname(file), specifier)));
    if (to !== from && to !== 'util' && rooms?.includes(to) !== true)
      wrong.push(`${file}: ${from} does not import from ${to} (${specifier})`);
  }
}
for (const line of wrong) process.stdout.write(`${line}\n`);
process.exitCode = wrong.length === 0 ? 0 : 1;

function roomOf(file: string): string {
  const [top = '', room = ''] = file.split('/');
  return top === 'src' ? room : top;
}
