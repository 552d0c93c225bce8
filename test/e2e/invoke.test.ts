import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noTmux } from '../support/machine.ts';
import { type PlannerPlace, plannerPlace } from '../support/planner-place.ts';
import { root, run } from '../support/run.ts';
import { openTerminal } from '../support/terminal.ts';
import { unless } from '../support/unless.ts';

// `invoke` and its family against the embedded planner.

const place: PlannerPlace = await plannerPlace();
const { tasks, box, env, port } = place;
const test = suite('invoke');
test.after(async () => await place.close());

/** The call id that a line on stdout or stderr tells. */
function callId(text: string): string {
  return /call(?: id:)? (\d+)/i.exec(text)?.[1] ?? '';
}

test('a pipe gets exactly what the function wrote; the rest is on stderr', async () => {
  const done = await tasks('invoke', 'demo', 'echo', '--input', 'grüße\n\n');
  assert.is(done.exit, 0, done.stderr);
  assert.is(done.stdout, 'grüße\n\n');
  assert.match(done.stderr, /^demo\/echo: return value 0, on 127\.0\.0\.\d+, \d+ ms, call \d+\n$/);
  const quiet = await tasks('invoke', 'demo', 'echo', '-i', 'x', '--quiet');
  assert.equal([quiet.stdout, quiet.stderr], ['x', '']);
});

test('input comes from a file or stdin, byte for byte; output goes to a file', async () => {
  const text = `${'line with "quotes" and \\ \u0000 \u{1f600}\n'.repeat(20_000)}end`;
  await writeFile(box.file('in.txt'), text);
  const toFile = await tasks('invoke', 'demo', 'echo', '--input-file=in.txt', '--output-file=out.txt');
  assert.is(toFile.exit, 0, toFile.stderr);
  assert.is(toFile.stdout, '');
  assert.ok((await readFile(box.file('out.txt'))).equals(await readFile(box.file('in.txt'))));
  const piped = await run(['invoke', 'demo', 'echo', '--input-file', '-'], {
    cwd: box.cwd,
    env,
    input: text,
  });
  assert.is(piped.stdout, text);
});

test('bytes that are no text come back as they are', async () => {
  const bytes = Uint8Array.from({ length: 512 }, (_, at) => (at * 7) % 256);
  await writeFile(box.file('in.bin'), bytes);
  const done = await tasks('invoke', 'demo', 'echo', '--input-file=in.bin', '--output-file=out.bin');
  assert.is(done.exit, 0, done.stderr);
  assert.equal([...(await readFile(box.file('out.bin')))], [...bytes]);
  const json = await tasks('invoke', 'demo', 'echo', '--input-file=in.bin', '--json', '--quiet');
  const { messages } = JSON.parse(json.stdout);
  assert.is(messages[0].outputBase64, Buffer.from(bytes).toString('base64'));
});

test('a call that nobody knows is not waited for', async () => {
  for (const task of ['invoke.status', 'invoke.exec-graph']) {
    const done = await tasks(task, '--call-id=12345', '--wait', '--timeout=30');
    assert.is(done.exit, 1);
    assert.match(done.stderr, /call 12345.* (unknown|does not know)/);
  }
});

test('a function that fails: exit 1, its words on stderr, nothing on stdout', async () => {
  const failed = await tasks('invoke', 'demo', 'exit', '--input=3');
  assert.is(failed.exit, 1);
  assert.is(failed.stdout, '');
  assert.match(
    failed.stderr,
    /^error: demo\/exit failed with return value 3 on .*: Call failed \(return value=3\)/,
  );
  const none = await tasks('invoke', 'demo', 'no-such-function');
  assert.is(none.exit, 1);
  assert.match(none.stderr, /tasks upload demo no-such-function function\.wasm/);
  const json = await tasks('invoke', 'demo', 'exit', '--input=3', '--json');
  const [result, error] = json.stdout
    .trim()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line));
  assert.is(result?.['state'], 'failed');
  assert.is(error?.['event'], 'error');
});

test('several messages: one after the other on stdout, a line each on stderr', async () => {
  const done = await tasks('invoke', 'demo', 'echo', '--input=ab', '--num-messages=3');
  assert.is(done.stdout, 'ababab');
  assert.is(done.stderr.trim().split('\n').length, 3);
  const json = await tasks('invoke', 'demo', 'echo', '--input=ab', '--num-messages=3', '--json');
  const result = JSON.parse(json.stdout);
  assert.equal(
    result.messages.map((message: { output: string }) => message.output),
    ['ab', 'ab', 'ab'],
  );
  assert.is(result.messages[0].id, result.callId);
});

test('--asynch prints the id and remembers it for status and graph', async () => {
  const submitted = await tasks('invoke', 'demo', 'sleep', '--input=6000', '--asynch', '--graph');
  assert.match(submitted.stdout, /^Call ID: \d+\n$/);
  const id = callId(submitted.stdout);
  const running = await tasks('invoke.status');
  assert.is(running.exit, 0, running.stderr);
  assert.is(running.stdout, `RUNNING (call ${id})\n`);
  const waited = await tasks('invoke.status', '--wait', '--json');
  const status = JSON.parse(waited.stdout);
  assert.equal([status.state, String(status.callId), status.messages[0].returnValue], ['succeeded', id, 0]);
  const graph = await tasks('invoke.exec-graph', '--quiet');
  assert.match(graph.stdout, /demo\/sleep/);
  const quiet = await tasks('invoke', 'demo', 'hello', '-a', '--quiet');
  assert.match(quiet.stdout, /^\d+\n$/);
  assert.is((await tasks('invoke.status', '-c', id)).stdout.split(':')[0], 'SUCCEEDED');
});

test('a failed and an unknown call: exit 1, the state in one word', async () => {
  const submitted = await tasks('invoke', 'demo', 'exit', '--input=5', '--asynch');
  const failed = await tasks('invoke.status', `--call-id=${callId(submitted.stdout)}`, '--wait');
  assert.is(failed.exit, 1);
  assert.match(failed.stdout, /^FAILED: demo\/exit: return value 5/);
  const unknown = await tasks('invoke.status', '--call-id=77');
  assert.is(unknown.exit, 1);
  assert.match(unknown.stdout, /^UNKNOWN \(call 77\)/);
  assert.match(unknown.stderr, /unknown to the planner at 127\.0\.0\.1:\d+/);
});

test('localhost is 127.0.0.1 also where the last call is looked up', async () => {
  const done = await tasks('invoke', 'demo', 'echo', '--asynch', '--quiet', '--planner-host=localhost');
  assert.is(done.exit, 0, done.stderr);
  const status = await tasks('invoke.status', '--wait', '--planner-host=127.0.0.1');
  assert.match(status.stdout, new RegExp(`call ${done.stdout.trim()}`));
});

test('the last call is private, kept for each planner apart, and rubbish in its place is none', async () => {
  await tasks('invoke', 'demo', 'hello', '--asynch');
  const file = join(box.cwd, 'state', 'faasm-tasks', 'last-call', `127.0.0.1_${port}.json`);
  assert.is((await stat(join(file, '..'))).mode & 0o777, 0o700);
  const other = await tasks('invoke.status', '--planner-port=1');
  assert.is(other.exit, 1);
  assert.match(other.stderr, /No call ID provided and no last call ID found for 127\.0\.0\.1:1\n/);
  for (const rubbish of ['', '{"callId":', '[]', '{"callId":"x"}', 'null']) {
    await writeFile(file, rubbish);
    assert.match((await tasks('invoke.status')).stderr, /no last call ID found/, rubbish);
  }
});

test('a state folder that cannot be written costs a warning, not the call', async () => {
  const done = await run(['invoke', 'demo', 'hello', '--asynch'], {
    cwd: box.cwd,
    env: { ...env, XDG_STATE_HOME: '/dev/null/state' },
  });
  assert.is(done.exit, 0);
  assert.match(done.stdout, /^Call ID: \d+\n$/);
  assert.match(done.stderr, /warning: Could not write .*\n {2}The call id is \d+\./);
});

test('--poll says a line about each state', async () => {
  const done = await tasks('invoke', 'demo', 'sleep', '--input=300', '--poll');
  assert.is(done.stdout.trim(), 'Slept 300 ms');
  assert.match(
    done.stderr,
    /^# demo\/sleep: call \d+ .*\n# demo\/sleep: RUNNING .*\n(# .*\n)*# demo\/sleep: SUCCEEDED /,
  );
});

test('--graph prints the calls that it made', async () => {
  const done = await tasks('invoke', 'demo', 'chain', '--graph');
  assert.match(done.stderr, /demo\/chain/);
  assert.match(done.stderr, /demo\/fibonacci/);
  assert.not.match(done.stdout, /demo\/fibonacci /);
});

test('a time-out leaves the call running and tells its id', async () => {
  const done = await tasks('invoke', 'demo', 'sleep', '--input=900', '--timeout=0.2');
  assert.is(done.exit, 1);
  assert.match(done.stderr, /tasks invoke\.status --call-id \d+/);
  const later = await tasks('invoke.status', '--wait', `--call-id=${callId(done.stderr)}`);
  assert.match(later.stdout, /^SUCCEEDED/);
});

test('Ctrl-C while waiting: exit 130, the call id is told, the call goes on', async () => {
  let isInterrupted = false;
  const seen = await run(['invoke', 'demo', 'sleep', '--input=6000', '--poll'], {
    cwd: box.cwd,
    env,
    onOutput: (text, pid) => {
      if (isInterrupted || !text.includes('RUNNING')) return;
      isInterrupted = true;
      process.kill(pid, 'SIGINT');
    },
  });
  assert.is(seen.exit, 130, seen.stderr);
  assert.match(
    seen.stderr,
    /call \d+ goes on: a planner cannot stop it\n {2}tasks invoke\.status --call-id=\d+ --wait/,
  );
  const later = await tasks('invoke.status', '--wait');
  assert.match(later.stdout, /^SUCCEEDED: demo\/sleep/);
});

test('planner.status: hosts, slots, calls in flight, policy; orders are refused meanwhile', async () => {
  await tasks('planner.policy', 'compact');
  const { stdout } = await tasks('invoke', 'demo', 'sleep', '--input=12000', '--asynch');
  const id = Number(callId(stdout));
  const status = JSON.parse((await tasks('planner.status', '--json')).stdout);
  assert.is(status.policy, 'compact');
  assert.equal(
    status.hosts.map((host: { slots: number }) => host.slots),
    [4, 4],
  );
  assert.equal(
    status.inFlight.map((app: { appId: number }) => app.appId),
    [id],
  );
  for (const order of ['flush', 'flush.hosts', 'planner.reset']) {
    const refused = await tasks(order);
    assert.is(refused.exit, 1, order);
    assert.match(refused.stderr, new RegExp(`in flight \\(${id}\\)[\\s\\S]*--force`), order);
  }
  await tasks('invoke.status', '--wait');
  assert.is((await tasks('flush')).stdout, 'Flushed executors!\nFlushed available hosts!\n');
  assert.is((await tasks('flush.scheduling-state')).stdout, 'Flushed scheduling state!\n');
  assert.match((await tasks('invoke.status')).stdout, /^UNKNOWN/);
  assert.is((await tasks('planner.reset')).stdout, 'Planner fully reset!\n');
});

test('planner.status --watch --json: a line for each change', async () => {
  // Slots and calls are two questions, so a line may come between their changes.
  const inFlight = (text: string): number[] =>
    text
      .split('\n')
      .filter((line) => line.startsWith('{"event":"result"') && line.endsWith('}'))
      .map((line): number => JSON.parse(line).inFlight.length)
      .filter((count, index, counts) => count !== counts[index - 1]);
  let call: Promise<unknown> | undefined;
  let isStopped = false;
  const seen = await run(['planner.status', '--watch', '--json', '--interval=0.05'], {
    cwd: box.cwd,
    env,
    onOutput: (text, pid) => {
      if (inFlight(text).length >= 1) call ??= tasks('invoke', 'demo', 'sleep', '--input=400');
      if (inFlight(text).length < 3 || isStopped) return;
      isStopped = true;
      process.kill(pid, 'SIGINT');
    },
  });
  await call;
  assert.is(seen.exit, 130, seen.stderr);
  assert.equal(inFlight(seen.stdout), [0, 1, 0]);
});

test('--dry prints a line that does the same when it is pasted, and sends nothing', async () => {
  const before = await tasks('planner.status', '--json');
  const dry = await tasks('invoke', 'demo', 'echo', '--input=it’s "quoted"', '--dry', '--json');
  assert.is(dry.exit, 0, dry.stderr);
  const { argv } = JSON.parse(dry.stdout);
  assert.equal(argv.slice(0, 4), ['curl', '-X', 'POST', `http://127.0.0.1:${port}/`]);
  assert.equal(
    JSON.parse((await tasks('planner.status', '--json')).stdout).inFlight,
    JSON.parse(before.stdout).inFlight,
  );
  const answer = await fetch(argv[3], { method: 'POST', body: argv.at(-1) });
  const { appId } = JSON.parse(await answer.text());
  const status = await tasks('invoke.status', `--call-id=${appId}`, '--wait');
  assert.match(status.stdout, /it’s "quoted"/);
});

test('what is wrong is said before anything is sent', async () => {
  const wrong: readonly (readonly [line: readonly string[], exit: number, words: RegExp])[] = [
    [['--mpi-world-size=abc'], 2, /--mpi-world-size takes a whole number, not "abc"/],
    [['--planner-port=99999'], 2, /--planner-port must be at least 1 and at most 65535, not 99999/],
    [['--async'], 2, /No idea what '--async' is![\s\S]*--asynch/],
    [['--input=a', '--input-file=b'], 2, /--input and --input-file were both given/],
    [['--input-file=missing.bin'], 1, /Could not read missing\.bin: it does not exist/],
    [['--output-file=no/such/folder'], 1, /Could not write no\/such\/folder/],
    [['--num-messages=0'], 2, /--num-messages must be at least 1/],
    [['--num-messages=3', '--host-list=a,b'], 2, /2 hosts for 3 messages/],
    [['--api=soap'], 2, /--api cannot be "soap"/],
    [['--sgx'], 2, /SGX/],
  ];
  for (const [line, exit, words] of wrong) {
    const done = await tasks('invoke', 'demo', 'hello', ...line);
    assert.is(done.exit, exit, `${line}: ${done.stderr}`);
    assert.match(done.stderr, words);
    assert.is(done.stdout, '');
  }
  const policy = await tasks('planner.policy', 'bin-packed');
  assert.is(policy.exit, 2);
  assert.match(policy.stderr, /Did you mean bin-pack\?/);
});

test('nobody there: exit 1 with what to do', async () => {
  for (const line of [
    ['invoke', 'demo', 'hello'],
    ['invoke.status', '-c', '5'],
    ['planner.status'],
    ['flush'],
  ]) {
    const done = await tasks(...line, '--planner-port=1');
    assert.is(done.exit, 1, done.stdout);
    assert.match(done.stderr, /nobody listens there\n {2}.*tasks planner\.start/);
  }
});

test('where calls go: flags, PLANNER_*, INVOKE_*, faasm.ini, defaults', async () => {
  const none = { PLANNER_HOST: undefined, PLANNER_PORT: undefined };
  const target = async (
    more: Readonly<Record<string, string | undefined>>,
    ...argv: string[]
  ): Promise<string> => {
    const done = await run(['invoke', 'demo', 'hello', '--dry', '--json', ...argv], {
      cwd: box.cwd,
      env: { ...env, ...none, ...more },
    });
    return JSON.parse(done.stdout).argv[3];
  };
  assert.is(await target({}), 'http://localhost:8080/');
  assert.is(await target({}, '--api=worker'), 'http://127.0.0.1:8080/');
  assert.is(await target({ INVOKE_HOST: 'worker', INVOKE_PORT: '81' }), 'http://worker:81/');
  assert.is(await target({ INVOKE_HOST: 'worker', PLANNER_HOST: 'planner' }), 'http://planner:8080/');
  assert.is(
    await target({ INVOKE_HOST: 'worker', PLANNER_HOST: 'planner', FAASM_API: 'worker' }),
    'http://worker:8080/',
  );
  assert.is(await target({ PLANNER_HOST: '::1' }, '--planner-port=9'), 'http://[::1]:9/');
  await writeFile(box.file('faasm.ini'), '[Faasm]\nplanner_host = 10.0.0.7\nplanner_port = 8081\n');
  assert.is(await target({}), 'http://10.0.0.7:8081/');
  assert.is(await target({ PLANNER_PORT: '9' }), 'http://10.0.0.7:9/');
  assert.is(await target({}, '--planner-host=flag'), 'http://flag:8081/');
  await writeFile(box.file('faasm.ini'), '');
});

unless(noTmux, test)('one live line while waiting, the output alone afterwards', async () => {
  const settings = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const terminal = openTerminal(box.cwd, settings);
  try {
    const line = `${process.execPath} ${join(root, 'dist', 'tasks.js')} invoke demo sleep`;
    terminal.type(`${line} --input=1500`);
    await terminal.waitFor(/demo\/sleep: running, .*call \d+/);
    assert.ok(terminal.isCursorHidden());
    const after = await terminal.waitFor(/Slept 1500 ms\n.*return value 0/);
    assert.not.match(after, /running,/);
    assert.not.ok(terminal.isCursorHidden());
    terminal.type(`clear; ${line} --input=3000`);
    await terminal.waitFor(/demo\/sleep: running, .*call \d+/);
    terminal.press('C-c');
    await terminal.waitFor(/call \d+ goes on/);
    terminal.type('echo "exit $?"');
    await terminal.waitFor(/exit 130/);
    assert.not.ok(terminal.isCursorHidden());
  } finally {
    terminal.close();
  }
});

test.run();
