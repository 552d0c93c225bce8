import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { root, run, sandbox } from '../support/run.ts';

// The recorded dev.* lines of `inv` against our --dry: the same commands, the same CMake variables in the same order.
// A recorded command is a shell string, ours an argument list.

const cases = z
  .array(
    z.object({
      id: z.string(),
      argv: z.array(z.string()),
      setup: z.object({
        env: z.record(z.string(), z.string().nullable()).optional(),
        child_results: z.array(z.unknown()).optional(),
      }),
      exit: z.number(),
      commands: z.array(z.string()),
      help: z.string().nullable(),
    }),
  )
  .parse(JSON.parse(await readFile(join(root, 'test', 'fixtures', 'golden', 'dev-commands.json'), 'utf8')));

/** What we decided otherwise: the exit code of ours, and why. Users read the same in docs/differences.md. */
const differences: Readonly<Record<string, readonly [exit: number, why: string]>> = {
  b0077: [0, 'both spellings of a flag are accepted'],
  b0088: [2, 'a build type must be one'],
  b0103: [0, 'a dry run does not need the build directory'],
  b0125: [2, 'a usage error'],
  b0152: [2, 'a target without a name'],
};

const CLANG = 17;
const hasClang = existsSync(`/usr/bin/clang-${CLANG}`) && existsSync(`/usr/bin/clang++-${CLANG}`);

for (const { id, argv, setup, exit, commands, help } of cases) {
  test(`${id} inv ${argv.join(' ')}`, async () => {
    const box = await sandbox();
    const place = {
      PROJ_ROOT: join(box.cwd, 'faasm'),
      FAASM_BUILD_DIR: join(box.cwd, 'build'),
      FAASM_INSTALL_DIR: join(box.cwd, 'install'),
    };
    for (const folder of [join(place.PROJ_ROOT, 'tasks'), place.FAASM_BUILD_DIR]) {
      await mkdir(folder, { recursive: true });
    }
    await writeFile(join(place.PROJ_ROOT, 'VERSION'), '0.29.0\n');
    const unset = { CC: undefined, CXX: undefined, CMAKE_GENERATOR: undefined, LLVM_DIR: undefined };
    const recorded = Object.fromEntries(
      Object.entries(setup.env ?? {}).map(([name, value]) => [name, value ?? undefined]),
    );
    const env = {
      ...box.env,
      ...unset,
      FAASM_BUILD_DIR: place.FAASM_BUILD_DIR,
      FAASM_INSTALL_DIR: place.FAASM_INSTALL_DIR,
      ...recorded,
    };
    const done = await run([...argv, '--dry', ...(help === null ? ['--json'] : [])], {
      cwd: place.PROJ_ROOT,
      env,
    });
    await box.remove();
    const [expectedExit] = differences[id] ?? [exit === 0 || commands.some(isRun) ? 0 : 2];
    assert.is(done.exit, expectedExit, done.stdout + done.stderr);
    if (help !== null) return assertFlags(help, done.stdout);
    if (differences[id] !== undefined) return;
    const fill = (text: string): string =>
      text.replace(
        /\$\{(\w+)\}/g,
        (whole, name: string) => new Map(Object.entries(place)).get(name) ?? whole,
      );
    const wanted = commands.filter(isRun).map((command) => comparable(shellWords(fill(command))));
    const ours = planned(done.stdout).map((command) =>
      comparable(command.filter((word) => !isOurs(word, place.PROJ_ROOT))),
    );
    // Where a recorded child failed, the rest of the line was not run; a dry run shows all of it.
    assert.equal(setup.child_results === undefined ? ours : ours.slice(0, wanted.length), wanted);
  });
}

/** `rm -rf DIR/*` is done by ourselves, and only where it is safe. */
function isRun(command: string): boolean {
  return !command.startsWith('rm ');
}

/** The recorded strings hold no quotes; a redirection is ours to do. */
function shellWords(command: string): string[] {
  return command
    .replace(/ > .*$/, '')
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** Compilers are named only where they exist; arguments with blanks are one argument in ours. */
function comparable(words: readonly string[]): string[] {
  return words
    .flatMap((word) => word.split(/\s+/))
    .map((word) => word.replace(/;$/, ''))
    .filter((word) => hasClang || !/^-DCMAKE_C(XX)?_COMPILER=/.test(word));
}

/** The tests of this checkout are left out of coverage too, wherever it lies. */
function isOurs(word: string, checkout: string): boolean {
  return word === `--ignore-filename-regex=${checkout}/tests/*`;
}

function planned(stdout: string): string[][] {
  const event = z.object({ event: z.string(), argv: z.array(z.string()).optional() });
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => event.parse(JSON.parse(line)))
    .flatMap(({ event: kind, argv }) => (kind === 'command' && argv !== undefined ? [argv] : []));
}

/** Every flag that was recorded is still there, short and long, with or without a value. */
function assertFlags(recorded: string, ours: string): void {
  for (const [, short = '', valued = '', long = ''] of recorded.matchAll(/^ {2}-(\w)( \w+)?, (--[\w-]+)/gm)) {
    const value = valued === '' ? '' : ' \\S+';
    assert.match(ours, new RegExp(`^ {2}-${short}${value}, ${long}\\b`, 'm'), `-${short}, ${long}`);
  }
}

test.run();
