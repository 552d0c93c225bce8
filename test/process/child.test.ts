import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ChildOutcome, type Command, childFailure, runChild } from '../../src/process/child.ts';
import { Interrupted, MachineError, TaskError } from '../../src/util/errors.ts';

const node = (script: string, ...args: string[]): Command => ({
  argv: [process.execPath, '-e', script, ...args],
});

async function run(
  command: Command,
  signal = new AbortController().signal,
  timeoutSeconds?: number,
): Promise<ChildOutcome & { lines: string[] }> {
  const lines: string[] = [];
  const outcome = await runChild(command, {
    signal,
    env: process.env,
    timeoutSeconds,
    onLine: (line) => lines.push(line),
  });
  return { ...outcome, lines };
}

test('arguments arrive as they are, whatever they hold', async () => {
  const args = ["it's; ls", '$(id)', '', 'two words', '"', '\\', 'a\nb', '-x'];
  const { lines } = await run(node('console.log(JSON.stringify(process.argv.slice(1)))', '--', ...args));
  assert.equal(JSON.parse(lines[0] ?? ''), args);
});

test('both streams are followed line by line, terminal codes taken out, \\r as a line end', async () => {
  const { lines, exitCode } = await run(
    node(`process.stdout.write('a\\rb\\n\\x1b[31mred\\x1b[0m\\x07\\n'); process.stderr.write('no newline');`),
  );
  assert.is(exitCode, 0);
  assert.equal([...lines].sort(), ['a', 'b', 'no newline', 'red']);
});

test('exit codes and signals', async () => {
  assert.is((await run(node('process.exit(7)'))).exitCode, 7);
  const killed = await run(node(`process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000)`));
  assert.equal([killed.exitCode, killed.signal], [137, 'SIGKILL']);
});

test('the tail is the last 25 lines', async () => {
  const { tail } = await run(node(`for (let i = 0; i < 100; i++) console.log(i)`));
  assert.is(tail.split('\n').length, 25);
  assert.match(tail, /^75\n[\s\S]*\n99$/);
});

test('stdout as bytes: nothing is changed, and a slow reader slows the child', async () => {
  let total = 0;
  await runChild(node(`process.stdout.write(Buffer.alloc(5_000_000, 255))`), {
    signal: new AbortController().signal,
    env: process.env,
    stdout: async (bytes) => {
      for await (const chunk of bytes) {
        assert.ok(chunk.every((byte) => byte === 255));
        total += chunk.length;
      }
    },
  });
  assert.is(total, 5_000_000);
});

test('a reader that comes late misses nothing', async () => {
  let [text, started] = ['', 0];
  await runChild(node(`process.stdout.write('all of it')`), {
    signal: new AbortController().signal,
    env: process.env,
    onStart: (pid) => {
      started = pid;
    },
    stdout: async (bytes) => {
      await gone(started);
      for await (const chunk of bytes) text += Buffer.from(chunk).toString();
    },
  });
  assert.is(text, 'all of it');
});

test('a reader that fails ends the child instead of leaving it blocked', async () => {
  let message = '';
  await runChild(node(`setInterval(() => process.stdout.write(Buffer.alloc(100_000)), 1)`), {
    signal: new AbortController().signal,
    env: process.env,
    stdout: async (bytes) => {
      for await (const _ of bytes) throw new Error('cannot read this');
    },
  }).catch((error: Error) => {
    message = error.message;
  });
  assert.is(message, 'cannot read this');
});

test('an abort ends the whole group, grandchildren too', async () => {
  const abort = new AbortController();
  const grandchild = `const c = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']); console.log(c.pid); setInterval(() => {}, 1000)`;
  let pid = 0;
  let caught: unknown;
  await runChild(node(grandchild), {
    signal: abort.signal,
    env: process.env,
    onLine: (line) => {
      pid = Number(line);
      abort.abort(new Interrupted());
    },
  }).catch((error: unknown) => {
    caught = error;
  });
  assert.instance(caught, Interrupted);
  await gone(pid);
});

test('an abort is SIGINT first: what cleans up on it has its time', async () => {
  const abort = new AbortController();
  const lines: string[] = [];
  const script = `
    const clean = (turns) => {
      if (turns > 0) return setImmediate(clean, turns - 1);
      console.log('cleaned');
      process.exit(7);
    };
    process.on('SIGINT', () => clean(1000));
    process.on('SIGTERM', () => console.log('too early'));
    console.log('up');
    setInterval(() => {}, 1000);`;
  await runChild(node(script), {
    signal: abort.signal,
    env: process.env,
    onLine: (line) => {
      lines.push(line);
      if (line === 'up') abort.abort(new Interrupted());
    },
  }).catch(() => undefined);
  assert.equal(lines, ['up', 'cleaned']);
});

test('what is asked to finish gets SIGINT alone, and ends as it likes', async () => {
  const finish = new AbortController();
  const inner = `process.on('SIGINT', () => console.log('too')); process.stdin.on('end', () => process.exit()).resume(); console.log('up');`;
  const script = `
    const c = require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(inner)}], { stdio: ['pipe', 'inherit', 'inherit'] });
    process.on('SIGINT', () => {
      console.log('asked');
      c.stdin.end();
    });
    c.on('exit', () => process.exit(3));`;
  const lines: string[] = [];
  const outcome = await runChild(node(script), {
    signal: new AbortController().signal,
    env: process.env,
    finish: finish.signal,
    onLine: (line) => {
      lines.push(line);
      if (line === 'up') finish.abort();
    },
  });
  assert.equal(lines, ['up', 'asked']);
  assert.is(outcome.exitCode, 3);
});

test('a child that ignores SIGTERM is killed', async () => {
  const abort = new AbortController();
  let started = 0;
  await runChild(
    node(
      `process.on('SIGINT', () => {}); process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)`,
    ),
    {
      signal: abort.signal,
      env: process.env,
      onStart: (pid) => {
        started = pid;
      },
      onLine: () => abort.abort(new Interrupted()),
    },
  ).catch(() => undefined);
  await gone(started);
});

test('a time limit ends what the child started too, also when the child obeys and says 0', async () => {
  const script = 'trap "exit 0" TERM; sleep 1000 & echo $!; wait';
  const { timedOut, exitCode, lines } = await run({ argv: ['sh', '-c', script] }, undefined, 3);
  assert.equal([timedOut, exitCode], [true, 0]);
  await gone(Number(lines[0]));
});

test('a time limit', async () => {
  const outcome = await run(node('setInterval(() => {}, 1000)'), undefined, 0.2);
  assert.ok(outcome.timedOut);
  assert.match(childFailure('Could not wait', node(''), outcome).message, /timed out/);
});

test('a program that is not there: which one, and what to do', async () => {
  let caught: unknown;
  await run({ argv: ['no-such-program-here', 'x'] }).catch((error: unknown) => {
    caught = error;
  });
  assert.instance(caught, MachineError);
  assert.match(String(caught), /Could not start no-such-program-here: it was not found/);
});

test('a failure has the purpose, the last words once, and the command to retype', async () => {
  const command: Command = { ...node(`console.error('the reason'); process.exit(3)`), cwd: '/' };
  const failure = childFailure('Could not work', command, await run(command));
  assert.instance(failure, TaskError);
  assert.is(failure.exitCode, 3);
  assert.match(failure.message, /^Could not work: .*node ended with exit code 3$/);
  assert.is(failure.detail, 'the reason');
  assert.match(failure.hints.join(), /Run it by hand: cd \/ && .* -e 'console\.error/);
});

/** Waits until a process has ended; the kernel may take a moment to reap it. */
async function gone(pid: number): Promise<void> {
  for (let tries = 0; tries < 20_000; tries++) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`process ${pid} is still there`);
}

test('a killed child takes its own children along', async () => {
  const script = `
    const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
    child.on('spawn', () => process.kill(process.pid, 'SIGKILL'));`;
  const outcome = await run(node(script), undefined, 60);
  assert.equal([outcome.signal, outcome.timedOut], ['SIGKILL', false]);
});

test('a full disk in the tail is named, with what to set', () => {
  const outcome = { exitCode: 255, signal: undefined, timedOut: false, tail: 'No space left on device' };
  const { hints } = childFailure('Could not record', { argv: ['perf'] }, outcome);
  assert.match(hints[0] ?? '', /disk is full.*TMPDIR/);
});

test.run();
