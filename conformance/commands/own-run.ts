import { dirname } from 'node:path';
import { PassThrough } from 'node:stream';
import { outOfScope } from '../../src/faasm/out-of-scope.ts';
import { runProgram } from '../../src/runner/program.ts';
import { trusted } from '../../src/util/brand.ts';
import { tree } from '../../tasks/index.ts';
import type { Cluster } from './cluster.ts';
import { COMPILER_DIR, demoModule, installMachine, isLeftByFakes, startedChildren } from './machine.ts';
import type { RecordedCase } from './recorded-case.ts';
import { type Effects, placeAt } from './recorded-effects.ts';
import { changesBetween, LLVM, Scratch } from './scratch.ts';

/** A run of ours, and what it said. */
export interface OwnRun {
  readonly effects: Effects;
  readonly exit: number;
  readonly said: string;
}

/** Types a case's line into `tasks`, in a scratch tree of the case's own. `recorded` says which programs it may meet. */
export async function runOwn(given: RecordedCase, recorded: Effects, cluster: Cluster): Promise<OwnRun> {
  const scratch = await Scratch.make(given);
  try {
    await installMachine(scratch, given, recorded);
    await complete(scratch, given, recorded);
    const env = environmentOf(scratch, given);
    await writeUserSettings(scratch, env);
    const before = await scratch.snapshot();
    cluster.begin(responsesOf(given));
    const { exit, said } = await run(
      given.argv.map((word) => scratch.fill(word)),
      env,
      scratch.fill(given.cwd),
    );
    const changes = changesBetween(before, await scratch.snapshot());
    for (const [path, fate] of changes) if (isLeftByFakes(path, fate)) changes.delete(path);
    return {
      exit,
      said: scratch.unfill(said),
      effects: {
        success: exit === 0,
        commands: await startedChildren(scratch, env),
        requests: cluster.sent,
        files: changes,
      },
    };
  } finally {
    await scratch.remove();
  }
}

/** What the cluster answers: a curl that failed was one that could not connect. */
function responsesOf({ setup }: RecordedCase): RecordedCase['setup']['http_responses'] {
  const hasFailed = setup.child_results.some(({ match, rc = 0 }) => match.includes('curl') && rc !== 0);
  return hasFailed ? [{ refused: true }] : setup.http_responses;
}

/**
 * What the recorded children would have needed, had they been real: a configured build, a function behind its symbols, and
 * the last call where `tasks` keeps it.
 */
async function complete(
  scratch: Scratch,
  { setup, tree: ofTree }: RecordedCase,
  recorded: Effects,
): Promise<void> {
  const build = '${FAASM_BUILD_DIR}';
  if (setup.dirs.includes(build)) {
    await scratch.write(
      `${build}/CMakeCache.txt`,
      [
        `CMAKE_CACHEFILE_DIR:INTERNAL=${scratch.fill(build)}`,
        `CMAKE_HOME_DIRECTORY:INTERNAL=${scratch.fill('${PROJ_ROOT}')}`,
        `CMAKE_CXX_COMPILER:FILEPATH=${scratch.fill(`${COMPILER_DIR}/clang++-${LLVM[ofTree]}`)}`,
        '',
      ].join('\n'),
    );
  }
  for (const path of Object.keys(setup.files))
    if (/\/wasm\/[^/]+\/[^/]+\/function\.(symbols|wasm)$/.test(path))
      await scratch.write(`${dirname(path)}/function.wasm`, await demoModule());
  for (const { argv } of recorded.commands) {
    const [, user, func] = argv.slice(argv.findIndex((word) => word.endsWith('/func_runner')));
    if (argv[0] === 'perf' && /^\w+$/.test(user ?? '') && /^\w+$/.test(func ?? ''))
      await scratch.write(`\${FAASM_LOCAL_DIR}/wasm/${user}/${func}/function.wasm`, await demoModule());
  }
  for (const { argv, cwd } of recorded.commands)
    for (const path of inputsOf(argv)) {
      const place = placeAt(cwd, path);
      if (setup.files[place] === undefined && !setup.files_executable.includes(place))
        await scratch.write(place, 'functionDef1\n');
    }
  const last = setup.files['/tmp/faasm_last_call.txt'];
  if (last !== undefined) {
    const { hostname, port } = new URL(recorded.requests[0]?.url ?? 'http://127.0.0.1:8080');
    await scratch.write(
      `\${HOME}/.local/state/faasm-tasks/last-call/${hostname}_${port === '' ? '80' : port}.json`,
      JSON.stringify({ callId: Number(last), user: '', func: '', messages: 1 }),
    );
  }
}

/** Files that a recorded child would have read. */
function inputsOf([program = '', ...args]: readonly string[]): readonly string[] {
  if (program.startsWith('llvm-profdata')) return [...args.slice(2, 3), '${FAASM_BUILD_DIR}/bin/tests'];
  if (program === 'sed') return args.slice(-1);
  return [];
}

function environmentOf(scratch: Scratch, { setup }: RecordedCase): Record<string, string | undefined> {
  const env: Record<string, string | undefined> = {
    PATH: '${BIN}',
    HOME: '${HOME}',
    FAASM_BUILD_DIR: '${FAASM_BUILD_DIR}',
    FAASM_INSTALL_DIR: '${FAASM_INSTALL_DIR}',
    FAASM_LOCAL_DIR: '${FAASM_LOCAL_DIR}',
    FAASM_COMPILER_DIR: COMPILER_DIR,
    LANG: 'C.UTF-8',
    TERM: 'xterm',
    NO_COLOR: '1',
    // The older tree's own requests, without a question which ones are understood.
    FAASM_API: 'worker',
  };
  for (const [name, value] of Object.entries(setup.env)) env[name] = value ?? undefined;
  const filled = Object.entries(env).map(([name, value]) => [
    name,
    value === undefined ? undefined : scratch.fill(value),
  ]);
  return { ...Object.fromEntries(filled), TMPDIR: scratch.fill('/tmp') };
}

/** Faasm's own default folders are the scratch tree's: the lowest layer that a user can say it in. */
async function writeUserSettings(
  scratch: Scratch,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const defaults = { buildDir: '/build/faasm', installDir: '/usr/local', localDir: '/usr/local/faasm' };
  const variables = {
    buildDir: 'FAASM_BUILD_DIR',
    installDir: 'FAASM_INSTALL_DIR',
    localDir: 'FAASM_LOCAL_DIR',
  };
  const needed = Object.entries(variables).filter(([, name]) => (env[name] ?? '') === '');
  if (needed.length === 0) return;
  const said = Object.entries(defaults).filter(([key]) => needed.some(([name]) => name === key));
  const values = Object.fromEntries(said.map(([key, path]) => [key, scratch.fill(path)]));
  await scratch.write('${HOME}/.config/faasm-tasks/config.json', JSON.stringify(values));
}

async function run(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Promise<{ exit: number; said: string }> {
  const output = sink();
  const outside = exchangeEnvironment(env);
  const folder = process.cwd();
  process.chdir(cwd);
  try {
    const exit = await runProgram(
      { version: () => '0', tree, elsewhere: outOfScope },
      { argv, env, cwd, stdout: output.stream, stderr: output.stream, signal: new AbortController().signal },
    );
    return { exit, said: output.text() };
  } finally {
    process.chdir(folder);
    exchangeEnvironment(outside);
  }
}

/** Some of what is asked for (the folder for temporary files, a child's folder) is the process's own. */
function exchangeEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const before = { ...process.env };
  for (const name of Object.keys(before)) delete process.env[name];
  for (const [name, value] of Object.entries(env)) if (value !== undefined) process.env[name] = value;
  return before;
}

function sink(): { stream: NodeJS.WriteStream; text: () => string } {
  const stream = new PassThrough();
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  return { stream: trusted<NodeJS.WriteStream>(stream), text: () => text };
}
