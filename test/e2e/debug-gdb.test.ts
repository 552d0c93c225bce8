import { spawnSync } from 'node:child_process';
import { chmod, copyFile, cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noGcc, noGdb, noLlvm, noTmux } from '../support/machine.ts';
import { type MiniRuntime, miniRuntime } from '../support/mini-runtime.ts';
import { type Outcome, root, run, runProgram, type Sandbox, sandbox } from '../support/run.ts';
import { openTerminal } from '../support/terminal.ts';
import { unless } from '../support/unless.ts';

// Real gdb on a native runtime whose own module has a functionDef0 to functionDef44 too.

interface Place {
  box: Sandbox;
  env: Record<string, string>;
  runtime: MiniRuntime;
}

const test = suite<Place>('debug.gdb');
test.before(async (context) => {
  context.runtime = miniRuntime();
  context.box = await sandbox();
  const local = context.box.env['FAASM_LOCAL_DIR'] ?? '';
  await cp(join(root, 'functions/demo'), join(local, 'wasm', 'demo'), { recursive: true });
  context.env = { ...context.box.env, FAASM_BUILD_DIR: context.runtime.folder };
});
test.after(async ({ runtime, box }) => {
  runtime.dispose();
  await box.remove();
});
const debugged = unless(noLlvm ?? noGdb, test);

async function gdb({ box, env }: Place, ...words: string[]): Promise<Outcome> {
  return await run(['debug.gdb', ...words], { env, cwd: box.cwd });
}

interface Frame {
  readonly symbol: string | null;
  readonly wasm?: { readonly n: number; readonly name: string };
  readonly file?: string;
}
interface Result {
  readonly stops: readonly {
    readonly event: string;
    readonly n?: number;
    readonly frames: readonly Frame[];
  }[];
  readonly exitCode?: number;
  readonly timedOut: boolean;
  readonly missed: readonly string[];
}

async function gdbResult(place: Place, ...words: string[]): Promise<Result> {
  const done = await gdb(place, ...words, '--batch', '--json', '--quiet');
  return JSON.parse(done.stdout.split('\n')[0] ?? '');
}

const namesOf = (frames: readonly Frame[] = []): string[] => frames.flatMap(({ wasm }) => wasm?.name ?? []);

/** No program of this build is left running. */
function assertNoneLeft({ runtime }: Place): void {
  const { stdout } = spawnSync('pgrep', ['-f', runtime.folder], { encoding: 'utf8' });
  assert.is(stdout, '');
}

debugged('builds the runtime', ({ runtime }) => runtime.configure({}));

debugged('a breakpoint stops in the function, its callers have source names', async (place) => {
  const { stops, exitCode, missed } = await gdbResult(place, 'demo', 'echo', '--break=checksum', '--data=ab');
  assert.is(stops.length, 1);
  assert.equal(namesOf(stops[0]?.frames), [
    'checksum',
    'process_input',
    'handle_request',
    '__original_main',
    '_start',
  ]);
  assert.is(stops[0]?.frames.at(-1)?.symbol, 'main');
  assert.is(exitCode, 0);
  assert.equal(missed, []);
  assert.equal(await place.box.leftovers(), []);
});

debugged("the runtime's function of the same number is not stopped in", async (place) => {
  // The host call that sends the response is the runtime's own functionDef36; demo/echo's, __stdio_write, is not called.
  const runner = place.runtime.path('func_runner');
  const pending = [
    '-ex',
    'set breakpoint pending on',
    '-ex',
    'break functionDef36',
    '-ex',
    'run',
    '-ex',
    'bt',
  ];
  const plain = await runProgram(
    ['gdb', '-q', '-nx', '-batch', ...pending, '--args', runner, 'demo', 'echo'],
    {
      env: place.env,
    },
  );
  assert.match(plain.stdout, /in functionDef36 \(\)/, 'by its number alone, gdb stops in the namesake');
  assert.match(plain.stdout, /#1 .*in functionDef13 \(\)/, 'which send_response called');

  const done = await gdb(place, 'demo', 'echo', '--batch', '--break=functionDef36');
  assert.is(done.exit, 1);
  assert.match(
    done.stderr,
    /Never stopped in __stdio_write \(functionDef36\): it was compiled, and nothing called it/,
  );
  assert.not.match(done.stdout, /Stopped/);

  // And above a breakpoint that is hit, the host's frames keep the host's names.
  const text = (await gdb(place, 'demo', 'echo', '--batch', '--break=send_response', '--quiet')).stdout;
  assert.match(
    text,
    /^Stopped in send_response \(functionDef13\):\n {2}#0 {2}send_response +functionDef13\n/,
  );
  assert.match(text, /mini::Instance::call +Instance\.cpp:\d+/);
});

debugged("plain gdb's bt is what debug.backtrace reads", async ({ box, env, runtime }) => {
  const commands = ['set breakpoint pending on', 'break functionDef36', 'run', 'bt'].flatMap((line) => [
    '-ex',
    line,
  ]);
  const bt = await runProgram(
    ['gdb', '-q', '-nx', '-batch', ...commands, '--args', runtime.path('func_runner'), 'demo', 'echo'],
    { env },
  );
  const done = await run(['debug.backtrace', 'demo', 'echo'], { env, cwd: box.cwd, input: bt.stdout });
  assert.is(done.exit, 0);
  assert.match(done.stdout, /#1 +send_response +functionDef13\n +#2 +handle_request +functionDef14\n/);
});

debugged('C++ functions with and without parameters, and several at once', async (place) => {
  const one = await gdbResult(place, 'demo', 'shapes', '--break=geometry::Circle::area');
  assert.is(namesOf(one.stops[0]?.frames)[0], 'geometry::Circle::area() const');
  const whole = await gdbResult(place, 'demo', 'shapes', '--break=geometry::Circle::area() const');
  assert.is(whole.stops[0]?.n, one.stops[0]?.n);
  const several = await gdb(place, 'demo', 'shapes', '--batch', '--break=area');
  assert.is(several.exit, 2);
  assert.match(several.stderr, /"area" fits \d+ functions; name one of them\n {2}functionDef\d+ {2}/);
  const found = await gdbResult(place, 'demo', 'shapes', '--break-re=::area\\(\\) const$');
  const stopped = new Set(found.stops.map(({ frames }) => namesOf(frames)[0]));
  assert.ok(stopped.size >= 3 && stopped.has('geometry::Circle::area() const'), [...stopped].join());
});

debugged('a function that the program did not load is told from one that nothing called', async (place) => {
  const runner = place.runtime.path('func_runner');
  const other = await gdb(place, 'demo', 'echo', '--batch', '--break=checksum', `--cmd=${runner} demo hello`);
  assert.is(other.exit, 1);
  assert.match(other.stderr, /the program compiled other modules, none with \d+ functions/);
  const none = await gdb(place, 'demo', 'echo', '--batch', '--break=checksum', '--cmd=true');
  assert.match(none.stderr, /described no code that it compiled/);
});

debugged("the program's exit code is passed on", async (place) => {
  const done = await gdb(place, 'demo', 'exit', '--batch', '--data=7');
  assert.is(done.exit, 7);
  assert.match(done.stdout, /It ended with exit code 7/);
});

debugged(
  'memory out of bounds: the stack where it happened, then what the runtime makes of it',
  async (place) => {
    const done = await gdb(place, 'demo', 'trap', '--batch', '--data=memory');
    assert.is(done.exit, 1);
    assert.match(
      done.stdout,
      /Stopped by SIGSEGV:\n {2}#0 {2}read_far_away +functionDef\d+\n {2}#1 {2}fail_as /,
    );
    assert.match(done.stdout, /trapped: memory access out of bounds/);
    assert.match(done.stdout, /It ended with exit code 1/);
  },
);

debugged('recursion that used up the stack is folded', async (place) => {
  const done = await gdb(place, 'demo', 'trap', '--batch', '--data=stack', '--quiet');
  assert.match(done.stdout, /#0 +recurse_forever +functionDef\d+\n +… the frame above, \d+ more times/);
  assert.ok(done.stdout.split('\n').length < 40, done.stdout);
});

debugged('when the time is up, the stack says where it was', async (place) => {
  const done = await gdb(place, 'demo', 'loop', '--batch', '--timeout=4');
  assert.is(done.exit, 124);
  assert.match(done.stdout, /Where it was when it timed out:\n(?:.*\n)*? +#\d+ +_start +functionDef/);
  assertNoneLeft(place);
});

debugged('Ctrl-C ends gdb and the program', async (place) => {
  let isSent = false;
  const done = await run(['debug.gdb', 'demo', 'loop', '--batch'], {
    env: place.env,
    cwd: place.box.cwd,
    onOutput: (text, pid) => {
      if (isSent || !text.includes('Running function demo/loop')) return;
      isSent = true;
      process.kill(pid, 'SIGINT');
    },
  });
  assert.ok(isSent);
  assert.is(done.exit, 130);
  assertNoneLeft(place);
  assert.equal(await place.box.leftovers(), []);
});

debugged('a core file shows the stack of the crash', async (place) => {
  const core = place.box.file('core.1');
  const lines = [
    'set breakpoint pending on',
    'break functionDef36',
    'run',
    'finish',
    `generate-core-file ${core}`,
  ];
  const runner = place.runtime.path('func_runner');
  const commands = lines.flatMap((line) => ['-ex', line]);
  await runProgram(['gdb', '-q', '-nx', '-batch', ...commands, '--args', runner, 'demo', 'echo'], {
    env: place.env,
  });
  const done = await gdb(place, 'demo', 'echo', '--core=core.1', '--quiet');
  await rm(core);
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stdout, /^The stack in the core file:\n {2}#0 +send_response +functionDef13\n/);
});

debugged('a core file that is none', async (place) => {
  await writeFile(place.box.file('no.core'), 'text');
  for (const [name, why] of [
    ['no.core', /is not a core dump/],
    ['absent.core', /No such file or directory/],
  ] as const) {
    const done = await gdb(place, 'demo', 'echo', `--core=${name}`);
    assert.is(done.exit, 1);
    assert.match(done.stderr, /gdb could not read the core file/);
    assert.match(done.stderr, why);
  }
});

debugged('--dry needs no runner and no build', async ({ box }) => {
  const done = await run(['debug.gdb', 'demo', 'echo', '--dry', '--break=checksum'], {
    env: box.env,
    cwd: box.cwd,
  });
  assert.is(done.exit, 0, done.stderr);
  assert.match(done.stdout, /stops in functionDef6 \(checksum\)/);
  assert.match(done.stdout, /gdb -q -x \S+source_names\.py .* --args \S+\/bin\/func_runner demo echo/);
  const real = await run(['debug.gdb', 'demo', 'echo', '--batch'], { env: box.env, cwd: box.cwd });
  assert.is(real.exit, 3);
  assert.match(real.stderr, /no native func_runner.*\n {2}Build it: tasks dev\.cc func_runner/);
});

debugged('another gdb, as a name or a path', async (place) => {
  const done = await gdb(place, 'demo', 'echo', '--batch', '--gdb=sgx-gdb');
  assert.is(done.exit, 3);
  assert.match(done.stderr, /sgx-gdb is not installed\n {2}Write its whole path/);
  await writeFile(place.box.file('my-gdb'), '#!/bin/sh\nexec gdb "$@"\n');
  await chmod(place.box.file('my-gdb'), 0o755);
  const { stops } = await gdbResult(place, 'demo', 'echo', '--break=checksum', '--gdb=./my-gdb');
  assert.is(stops.length, 1);
});

debugged('without gdb, and with one that has no Python', async (place) => {
  const bin = place.box.file('bin');
  await mkdir(bin);
  const env = { ...place.env, PATH: bin };
  const words = ['debug.gdb', 'demo', 'echo', '--batch'];
  const none = await run(words, { env, cwd: place.box.cwd });
  assert.is(none.exit, 3);
  assert.match(none.stderr, /gdb is not installed\n {2}sudo apt-get install gdb/);
  await writeFile(
    join(bin, 'gdb'),
    '#!/bin/sh\necho "source_names.py:1: Error in sourced command file:" >&2\necho "Python scripting is not supported in this copy of GDB." >&2\nexit 1\n',
  );
  await chmod(join(bin, 'gdb'), 0o755);
  const bare = await run(words, { env, cwd: place.box.cwd });
  assert.is(bare.exit, 3);
  assert.match(bare.stderr, /built without Python/);
});

unless(noLlvm ?? noGdb ?? noGcc, test)('where ptrace is forbidden, the setting is named', async (place) => {
  const wrapper = place.box.file('no_ptrace');
  compile('no-ptrace/no_ptrace.c', wrapper);
  const program = [process.execPath, join(root, 'dist/tasks.js'), 'debug.gdb', 'demo', 'echo', '--batch'];
  const done = await runProgram([wrapper, ...program, '--break=checksum'], {
    env: place.env,
    cwd: place.box.cwd,
  });
  assert.is(done.exit, 3);
  assert.match(
    done.stderr,
    /ptrace is forbidden\n {2}.*--cap-add=SYS_PTRACE --security-opt seccomp=unconfined/,
  );
});

unless(noLlvm ?? noGdb ?? noGcc, test)('of several threads the one that stopped is shown', async (place) => {
  const program = place.box.file('failing_thread');
  compile('threads/failing_thread.c', program);
  const done = await gdb(place, 'demo', 'echo', '--batch', `--cmd=${program}`);
  assert.is(done.exit, 1);
  assert.match(done.stdout, /Stopped by SIGABRT, thread 3 \(failing\) of 3:\n/);
  assert.match(done.stdout, /fail_here +failing_thread\.c:\d+/);
  assert.match(done.stderr, /ended by SIGABRT/);
});

debugged('a runner without symbols: the function has its names all the same', async (place) => {
  const build = place.box.file('stripped');
  const runner = join(build, 'bin/func_runner');
  await mkdir(dirname(runner), { recursive: true });
  await copyFile(place.runtime.path('func_runner'), runner);
  assert.is(spawnSync('strip', [runner]).status, 0);
  const env = { ...place.env, FAASM_BUILD_DIR: build };
  const done = await gdb({ ...place, env }, 'demo', 'echo', '--batch', '--break=checksum');
  assert.is(done.exit, 0);
  assert.match(done.stdout, /#0 +checksum +functionDef6\n/);
  assert.match(
    done.stderr,
    /warning: \d+ frames of the program itself have no name: it was built without symbols/,
  );
  assert.match(done.stderr, /--build=RelWithDebInfo/);
});

unless(noLlvm ?? noGdb ?? noTmux, test)('in a terminal gdb has the keyboard', async (place) => {
  const { box, env } = place;
  await symlink(join(root, 'dist/tasks.js'), box.file('tasks.js'));
  const terminal = openTerminal(box.cwd, env);
  try {
    terminal.type(`"${process.execPath}" tasks.js debug.gdb demo loop --break=_start`);
    await terminal.waitFor(/wasm break NAME[\s\S]*\(gdb\)\s*$/);
    terminal.type('set pagination off');
    terminal.type('run');
    await terminal.waitFor(/Stopped in _start \(functionDef\d+\)/);
    terminal.type('wasm break spin_once');
    terminal.type('continue');
    await terminal.waitFor(/Stopped in spin_once \(functionDef2\)[\s\S]*\(gdb\)\s*$/);
    terminal.type('bt');
    await terminal.waitFor(/#0 .*spin_once \[functionDef2\][\s\S]*_start \[functionDef1\]/);
    terminal.type('delete');
    await terminal.waitFor(/\(y or n\)/);
    terminal.type('y');
    terminal.type('continue');
    await terminal.waitFor(/Continuing\.\s*$/);
    // gdb takes it, and only gdb: the program is stopped, the task goes on.
    terminal.press('C-c');
    await terminal.waitFor(/received signal SIGINT[\s\S]*\(gdb\)\s*$/);
    terminal.type('kill');
    await terminal.waitFor(/Kill the program/);
    terminal.type('y');
    terminal.type('quit');
    await terminal.waitFor(/quit\s+\$\s*$/);
    terminal.type('clear; echo exit=$?; stty -a | grep -o "isig icanon iexten echo "');
    await terminal.waitFor(/exit=0\s+isig icanon iexten echo\s+\$\s*$/);
    assert.not.ok(terminal.isCursorHidden());
  } finally {
    terminal.close();
  }
  assertNoneLeft(place);
  assert.equal(await box.leftovers(), []);
});

function compile(source: string, program: string): void {
  const done = spawnSync('gcc', ['-g', '-o', program, join(root, 'test/programs', source), '-lpthread'], {
    encoding: 'utf8',
  });
  assert.is(done.status, 0, done.stderr);
}

test.run();
