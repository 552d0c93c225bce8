import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { noPerf, noTmux } from '../support/machine.ts';
import { root, run, type Sandbox, sandbox } from '../support/run.ts';
import { openTerminal } from '../support/terminal.ts';
import { unless } from '../support/unless.ts';

interface CheckLine {
  readonly id: string;
  readonly state: string;
  readonly found: string;
}

unless(noPerf, test)('a machine with perf is ready to profile, whatever else it lacks', async () => {
  const box = await sandbox();
  const done = await run(['doctor', 'profile', '--json'], box);
  assert.is(done.exit, 0, done.stdout + done.stderr);
  assert.is(done.stderr, '');
  const { event, goals, checks } = JSON.parse(done.stdout);
  assert.is(event, 'result');
  assert.equal(goals, { profile: { ready: true, lacking: [] } });
  const states = new Map(checks.map((check: CheckLine) => [check.id, check.state]));
  assert.is(states.get('node'), 'ok');
  assert.is(states.get('perf-record'), 'ok');
  assert.not.ok(states.has('planner'), 'only what is of use for the goal');
  assert.equal(await box.leftovers(), []);
  await box.remove();
});

test('all goals: what is missing of each, wanted, and the command; profiling decides the exit code', async () => {
  const box = await sandbox();
  const env = { ...box.env, PLANNER_HOST: '127.0.0.1', PLANNER_PORT: '1' };
  const done = await run(['doctor'], { ...box, env });
  assert.ok(done.exit === 0 || done.exit === 3, done.stderr);
  assert.is(/^profile ready$/m.test(done.stdout), done.exit === 0);
  assert.match(done.stdout, /^build not ready: .*Faasm checkout/m);
  assert.match(done.stdout, /^invoke not ready: Planner$/m);
  assert.match(
    done.stdout,
    /^ {2}missing Planner +nothing answers at http:\/\/127\.0\.0\.1:1: connection refused\n +wanted: .*\n +\$ /m,
  );
  assert.not.match(done.stderr, /Warning/);
  const invoke = await run(['doctor', 'invoke'], { ...box, env });
  assert.is(invoke.exit, 3);
  assert.match(invoke.stderr, /^error: Not ready to invoke: Planner$/m);
  await box.remove();
});

test('a goal that is none; a broken settings file', async () => {
  const box = await sandbox();
  const wrong = await run(['doctor', 'profle'], box);
  assert.is(wrong.exit, 2);
  assert.match(wrong.stderr, /error: goal cannot be /);
  assert.match(wrong.stderr, /profile/);
  await writeFile(box.file('tasks.config.json'), '{ "plannerPort": "x" }');
  const settings = await run(['doctor'], box);
  assert.is(settings.exit, 2, settings.stderr);
  assert.match(settings.stderr, /tasks\.config\.json/);
  await box.remove();
});

/** A PATH where perf is what apt-get brings; every command is noted. */
async function repairable(box: Sandbox): Promise<Record<string, string>> {
  const bin = box.file('bin');
  await mkdir(bin);
  const program = async (name: string, script: string): Promise<void> => {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  };
  const note = `echo "$(basename "$0") $*" >> ${box.file('log')}`;
  const perf = `#!/bin/sh\\ncase "$*" in *script*) echo "  ffff";; *) echo perf version 6.1;; esac\\n`;
  await program(
    'apt-get',
    `${note}\n[ "$1" = update ] || { printf '${perf}' > ${bin}/perf; chmod +x ${bin}/perf; }`,
  );
  await program('sysctl', note);
  await program('sudo', 'shift; exec "$@"');
  await program('basename', '/usr/bin/basename "$@"');
  await program('chmod', '/bin/chmod "$@"');
  return { ...box.env, PATH: bin };
}

test('--fix: not without being asked; the plan with --dry; done and looked at again with --yes', async () => {
  const box = await sandbox();
  const env = await repairable(box);
  const silent = await run(['doctor', 'profile', '--fix'], { ...box, env });
  assert.is(silent.exit, 2);
  assert.match(
    silent.stderr,
    /no terminal to ask on[\s\S]*--yes[\s\S]*apt-get install -y --no-install-recommends linux-/,
  );
  const dry = await run(['doctor', 'profile', '--fix', '--dry'], { ...box, env });
  assert.is(dry.exit, 0, dry.stderr);
  assert.match(dry.stdout, /apt-get update\n.*apt-get install -y --no-install-recommends linux-/);
  assert.is(await readFile(box.file('log'), 'utf8').catch(() => ''), '');

  const done = await run(['doctor', 'profile', '--fix', '--yes'], { ...box, env });
  assert.is(done.exit, 0, done.stdout + done.stderr);
  assert.match(done.stdout, /^done .*apt-get install/m);
  assert.match(done.stdout, /^profile ready$/m);
  assert.match(
    await readFile(box.file('log'), 'utf8'),
    /^apt-get update\napt-get install -y --no-install-recommends linux-/,
  );
  await box.remove();
});

unless(noTmux, test)('--fix on a terminal shows the commands and asks once; no is no', async () => {
  const box = await sandbox();
  const env = await repairable(box);
  const terminal = openTerminal(box.cwd, box.env);
  try {
    // A screen is only read from the last `clear` on: the round says which one it is.
    const line = (round: number): string =>
      `clear; echo round ${round}; PATH=${env['PATH']} ${process.execPath} ${join(root, 'dist/tasks.js')} doctor profile --fix; echo "exit: $?"`;
    terminal.type(line(1));
    const asked = await terminal.waitFor(/round 1[\s\S]*Run them\?/);
    assert.match(asked, /apt-get install -y --no-install-recommends linux-/);
    terminal.type('n');
    const refused = await terminal.waitFor(/exit: \d/);
    assert.match(refused, /Not fixed: the answer was no/);
    assert.is(await readFile(box.file('log'), 'utf8').catch(() => ''), '');
    terminal.type(line(2));
    await terminal.waitFor(/round 2[\s\S]*Run them\?/);
    terminal.press('C-c');
    await terminal.waitFor(/exit: 130/);
    terminal.type(line(3));
    await terminal.waitFor(/round 3[\s\S]*Run them\?/);
    terminal.type('y');
    const done = await terminal.waitFor(/round 3[\s\S]*exit: \d/);
    assert.match(done, /exit: 0/);
    assert.match(await readFile(box.file('log'), 'utf8'), /apt-get install/);
  } finally {
    terminal.close();
    await box.remove();
  }
});

test.run();
