import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'shell-quote';
import { packageRoot } from '../../src/faasm/directories.ts';
import { shellLine } from '../../src/util/shell-word.ts';
import { describePerfBuild } from './fake-build.ts';
import type { RecordedCase } from './recorded-case.ts';
import type { Effects, Fate, Ran } from './recorded-effects.ts';
import { flagValue, hasTask } from './rules/rule.ts';
import { LLVM, type Scratch } from './scratch.ts';

// A machine of fake programs: each writes down how it was called, answers as the case says, and leaves the files that the
// real one would leave, so that the work after it can go on.

/** What is installed, besides whatever a case's own commands name. */
const PROGRAMS = [
  'cmake',
  'ninja',
  'perf',
  'llvm-profdata-17',
  'llvm-cov-17',
  'wasm2wat',
  'wasm-decompile',
  'redis-cli',
  'microbench_runner',
  'kubectl',
];

/** Where the compilers of a recorded machine are. */
export const COMPILER_DIR = '/usr/bin';

/** A small real recording: what `perf record` leaves. */
const RECORDING = 'test/fixtures/captures/wavm/echo/perf.data.gz';

/** Sets the fake programs up: those of the machine, those that the case puts into Faasm's build, and the compilers. */
export async function installMachine(
  scratch: Scratch,
  given: RecordedCase,
  recorded: Effects,
): Promise<void> {
  const ownProgram = parse(flagValue(given, 'cmd', 'c') ?? '').find((part) => typeof part === 'string');
  const named = [...recorded.commands.flatMap(programsOf), ...(ownProgram === undefined ? [] : [ownProgram])];
  const program = join(scratch.root, 'fake-program');
  const recording = join(scratch.root, 'log', 'recording');
  await writeFile(recording, gunzipSync(await readFile(join(packageRoot(), RECORDING))));
  await writeFile(
    program,
    fakeProgram(
      scratch,
      recording,
      await answers(scratch, given),
      await describePerfBuild(scratch, recorded),
    ),
    { mode: 0o755 },
  );
  const { files_executable: own } = given.setup;
  const names = new Set([...PROGRAMS, ...named.filter((name) => !name.includes('/'))]);
  for (const path of own) await scratch.install(program, path);
  for (const name of names)
    if (!own.some((path) => basename(path) === name)) await scratch.install(program, `\${BIN}/${name}`);
  // Gives a child its terminal (`--pty`); what it runs is fake.
  await symlink('/usr/bin/script', scratch.fill('${BIN}/script'));
  // The original started it without a look.
  if (hasTask(given, 'tests', 'tests.tests')) await scratch.install(program, `${buildDir(given)}/bin/tests`);
  for (const name of Object.values(LLVM).flatMap((major) => [`clang-${major}`, `clang++-${major}`]))
    await scratch.install(program, `${COMPILER_DIR}/${name}`);
}

/** Where a case's build is, as its environment says. */
function buildDir({ setup }: RecordedCase): string {
  const said = 'FAASM_BUILD_DIR' in setup.env ? setup.env['FAASM_BUILD_DIR'] : '${FAASM_BUILD_DIR}';
  return said === undefined || said === null || said === '' ? '/build/faasm' : said;
}

/** A command's program; with perf, also what perf starts. */
function programsOf({ argv }: Ran): string[] {
  const [name = ''] = argv;
  const started = name === 'perf' && argv[1] === 'record' ? argv.slice(2) : [];
  return [name, ...started.filter((word) => /^[A-Za-z]\w*$/.test(word))];
}

const HEAD = '#!/bin/sh\n# A fake program.';

function fakeProgram(scratch: Scratch, recording: string, answer: string, reply: string): string {
  const word = (text: string): string => shellLine([text]);
  const log = word(join(scratch.root, 'log'));
  const bin = word(join(scratch.root, 'bin'));
  return `${HEAD}
log=${log}
name=$0
case $name in ${bin}/*) name=\${name##*/} ;; esac
printf '%s\\0' "$name" "$@" > "$log/$$.argv"
pwd -P > "$log/$$.cwd"
/bin/cat /proc/$$/environ > "$log/$$.env"
echo $$ >> "$log/order"
[ "$name $1" = "perf --buildid-dir" ] && shift 2
line="$name $*"
says() { printf '%s' "$line" | /bin/grep -Pq -- "$1"; }
# True the first N times.
still() { echo >> "$log/$1.times"; [ "$(/usr/bin/wc -l < "$log/$1.times")" -le "$2" ]; }
rc=0
${answer}
[ "$rc" = 0 ] || exit "$rc"
output=
previous=
for word do
  [ "$previous" = -o ] && output=$word
  previous=$word
done
case $name in
  cmake)
    case $1 in
      --version) echo 'cmake version 3.25.1' ;;
      -G*)
        printf 'CMAKE_CACHEFILE_DIR:INTERNAL=%s\\n' "$(pwd -P)" > CMakeCache.txt
        for word do
          case $word in -D*=*) rest=\${word#-D}; printf '%s:STRING=%s\\n' "\${rest%%=*}" "\${rest#*=}" >> CMakeCache.txt ;; esac
        done
        printf 'CMAKE_HOME_DIRECTORY:INTERNAL=%s\\n' "$word" >> CMakeCache.txt
        case $* in *FAASM_PERF_PROFILING=ON*)
          /bin/mkdir -p .cmake/api/v1/reply
          /bin/cp ${word(reply)}/* .cmake/api/v1/reply ;;
        esac ;;
      --build)
        targets=
        for word do
          case $word in
            --target) targets=yes ;;
            --*) targets= ;;
            *) [ -n "$targets" ] && /usr/bin/install -D "$0" "bin/$word" ;;
          esac
        done ;;
    esac ;;
  perf) [ -n "$output" ] && /bin/cp ${word(recording)} "$output" ;;
  *) [ -n "$output" ] && : > "$output" ;;
esac
exit 0
`;
}

/** What the case's children do, as shell: the first match decides. */
async function answers(scratch: Scratch, { setup }: RecordedCase): Promise<string> {
  const lines: string[] = [];
  for (const [index, { match, rc = 0, stdout = '', creates = {}, times }] of setup.child_results.entries()) {
    const out = join(scratch.root, 'log', `${index}.stdout`);
    await writeFile(out, stdout);
    const limit = times === undefined ? '' : ` && still ${index} ${times}`;
    const made: string[] = [];
    for (const [at, [path, content]] of Object.entries(creates).entries()) {
      const copy = join(scratch.root, 'log', `${index}.${at}.made`);
      await writeFile(copy, content);
      made.push(`/usr/bin/install -D ${shellLine([copy, scratch.fill(path)])}`);
    }
    lines.push(
      [
        `${index === 0 ? 'if' : 'elif'} says ${shellLine([match])}${limit}; then`,
        `/bin/cat ${shellLine([out])}`,
        ...made,
        `rc=${rc}`,
      ].join('\n'),
    );
  }
  return lines.length === 0 ? '' : [...lines, 'fi'].join('\n');
}

/** The children that were started, in order. `env` is what the program that started them was given. */
export async function startedChildren(
  scratch: Scratch,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Ran[]> {
  const log = join(scratch.root, 'log');
  const order = await readFile(join(log, 'order'), 'utf8').catch(() => '');
  const read = async (name: string): Promise<string> => await readFile(join(log, name), 'utf8');
  const ran: Ran[] = [];
  for (const id of order.split('\n').filter((line) => line !== '')) {
    const argv = (await read(`${id}.argv`)).split('\0').slice(0, -1);
    const variables = new Map(
      (await read(`${id}.env`))
        .split('\0')
        .filter((line) => line !== '')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
    );
    const added: Record<string, string | undefined> = {};
    // A shell in between sets it.
    variables.delete('PWD');
    for (const [name, value] of variables) if (env[name] !== value) added[name] = scratch.unfill(value);
    for (const [name, value] of Object.entries(env))
      if (value !== undefined && !variables.has(name)) added[name] = undefined;
    ran.push({
      argv: argv.map((word) => scratch.unfill(word)),
      cwd: scratch.unfill((await read(`${id}.cwd`)).trim()),
      env: added,
    });
  }
  return ran;
}

/** What only a fake program leaves behind: its notion of a cache, and itself in a build's bin/. Nobody compares it. */
export function isLeftByFakes(path: string, fate: Fate): boolean {
  if (path.includes('/.cmake/api/v1/reply')) return true;
  return basename(path) === 'CMakeCache.txt' || (typeof fate === 'object' && fate.content.startsWith(HEAD));
}

/** A module of this package, for functions of which a record only has the name: its children never looked at it. */
export async function demoModule(): Promise<Uint8Array> {
  const folder = join(packageRoot(), 'functions', 'demo', 'echo');
  const [name = ''] = (await readdir(folder)).filter((file) => file.endsWith('.wasm'));
  return await readFile(join(folder, name));
}
