import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { noPcp, type PcpPlace, pcpPlace } from '../support/pcp.ts';
import { freePort } from '../support/planner-place.ts';
import { type Outcome, root, run, type Sandbox, sandbox } from '../support/run.ts';
import { openTerminal, type Terminal } from '../support/terminal.ts';
import { unless } from '../support/unless.ts';

const real = unless(noPcp, test);
const hasTmux = spawnSync('tmux', ['-V']).status === 0;
const live = unless(noPcp ?? (hasTmux ? undefined : 'tmux is not installed'), test);
let box: Sandbox;
let place: PcpPlace;

test.before(async () => {
  box = await sandbox();
  if (noPcp === undefined) place = await pcpPlace();
});
test.after(async () => {
  if (noPcp === undefined) await place.close();
  await box.remove();
});

async function monitor(...argv: readonly string[]): Promise<Outcome> {
  return await run(['monitor', `--host=${place.host}`, '--interval=200ms', ...argv], {
    cwd: box.cwd,
    env: box.env,
  });
}

function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

real('off a terminal: a head, a line an interval, a summary', async () => {
  const { exit, stdout, stderr } = await monitor('--count=3');
  assert.is(exit, 0, stderr);
  assert.match(stdout, /user +system +wait/);
  assert.is(stdout.match(/^\d\d:\d\d:\d\d .*%/gm)?.length, 3);
  assert.match(stdout, /: 3 samples in/);
  assert.match(stdout, /CPU idle +[\d.]+ %/);
  assert.not.match(stdout, /NaN|undefined/);
});

real('--json: a sample a line, then the result', async () => {
  const { exit, stdout } = await monitor(
    '--count=2',
    '--json',
    '--metrics=kernel.all.load[1 minute],kernel.all.pswitch',
  );
  assert.is(exit, 0);
  const [first, second, last, ...rest] = jsonLines(stdout);
  assert.equal(rest, []);
  assert.is(first?.['event'], 'sample');
  assert.equal(Object.keys(second?.['values'] ?? {}).sort(), [
    'kernel.all.load[1 minute]',
    'kernel.all.pswitch',
  ]);
  assert.is(last?.['event'], 'result');
  assert.is(last?.['samples'], 2);
});

real('--during: what it uses, what it says, its exit code; recorded and drawn', async () => {
  const burn = "sh -c 'echo begin; i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done; exit 7'";
  const { exit, stdout, stderr } = await monitor('--record=r.jsonl', '--during', burn);
  assert.is(exit, 7);
  assert.match(stdout, '| begin');
  assert.match(stdout, /Program CPU 100 % = 1 CPU +[\d.]+ %/);
  assert.match(stderr, /sh ended with exit code 7/);
  const [head, ...samples] = jsonLines(await readFile(box.file('r.jsonl'), 'utf8'));
  assert.is(head?.['format'], 'faasm-tasks monitor');
  assert.ok(samples.length >= 1);
  for (const ending of ['svg', 'png', 'html']) {
    const drawn = await run(['monitor.plot', 'r.jsonl', `--output=r.${ending}`], {
      cwd: box.cwd,
      env: box.env,
    });
    assert.is(drawn.exit, 0, drawn.stderr);
  }
  assert.match(await readFile(box.file('r.svg'), 'utf8'), /Program memory/);
  assert.is((await readFile(box.file('r.png'))).subarray(1, 4).toString(), 'PNG');
});

real("a benchmark's runs over its recording", async () => {
  await writeFile(box.file('spec.csv'), 'demo,echo,20,foo\n');
  const watched = await monitor('--record=b.jsonl', '--during', 'tasks bench spec.csv out.csv');
  assert.is(watched.exit, 0, watched.stderr);
  const drawn = await run(['monitor.plot', 'b.jsonl', '--bench=out.csv', '--output=-'], {
    cwd: box.cwd,
    env: box.env,
  });
  assert.is(drawn.exit, 0, drawn.stderr);
  assert.match(drawn.stdout, 'demo/echo');
});

real('wrong input is told in words', async () => {
  const cases: readonly [readonly string[], number, RegExp][] = [
    [['--metrics=kernel.all.lod'], 2, /has no metric "kernel\.all\.lod"[\s\S]*kernel\.all\.load/],
    [['--metrics=kernel.all.load[2 minute]'], 2, /no instance "2 minute"[\s\S]*1 minute/],
    [['--metrics=kernel'], 2, /24 charts is the most/],
    [['--count=1', '--seconds=1'], 2, /both say when to end/],
    [['--during', 'true', '--count=1'], 2, /--during ends with its program/],
    [['--during', 'true | false'], 2, /--during runs one program without a shell/],
    [['--during', 'no-such-program'], 3, /Could not start no-such-program/],
    [['--record=-'], 2, /--record needs a file/],
    [['--record=no/such/r.jsonl', '--count=1'], 1, /Could not write no\/such\/r\.jsonl/],
  ];
  for (const [argv, code, words] of cases) {
    const { exit, stderr } = await monitor(...argv);
    assert.match(stderr, words);
    assert.is(exit, code, argv.join(' '));
  }
  await writeFile(box.file('mine.txt'), 'precious');
  assert.match((await monitor('--record=mine.txt', '--count=1')).stderr, 'holds no recording');
  assert.is(await readFile(box.file('mine.txt'), 'utf8'), 'precious');
});

test('an interval that is no time', async () => {
  const { exit, stderr } = await run(['monitor', '--interval=never'], { cwd: box.cwd, env: box.env });
  assert.is(exit, 2);
  assert.match(stderr, /is not a time/);
});

test('nobody listens: exit code 3 and what to type', async () => {
  const { exit, stderr } = await run(['monitor', `--host=127.0.0.1:${await freePort()}`], {
    cwd: box.cwd,
    env: box.env,
  });
  assert.is(exit, 3);
  assert.match(stderr, /connection refused, nobody listens there[\s\S]*tasks monitor\.setup/);
});

real('--dry asks nobody', async () => {
  const { exit, stdout } = await run(['--dry', 'monitor', '--during', 'sleep 1'], {
    cwd: box.cwd,
    env: box.env,
  });
  assert.is(exit, 0);
  assert.match(stdout, 'asks pmproxy at localhost:44322');
  assert.match(stdout, 'sleep 1');
});

real('pmproxy without its pmcd, and a pmcd of another host through it', async () => {
  const port = await freePort();
  const { exit, stderr } = await monitor('--count=1', `--pmcd=localhost:${port}`);
  assert.is(exit, 3);
  assert.match(stderr, new RegExp(`answers, but the pmcd localhost:${port} does not`));
  assert.is((await monitor('--count=1', `--pmcd=localhost:${place.pmcdPort}`)).exit, 0);
});

real('Ctrl-C off a terminal: a summary, and exit code 130; a program under it is ended', async () => {
  let isSent = false;
  const { exit, stdout } = await run(
    ['monitor', `--host=${place.host}`, '--interval=200ms', '--during', 'sleep 98765'],
    {
      cwd: box.cwd,
      env: box.env,
      onOutput: (text, pid) => {
        if (isSent || !/\d %/.test(text)) return;
        isSent = true;
        process.kill(pid, 'SIGINT');
      },
    },
  );
  assert.is(exit, 130);
  assert.match(stdout, /sample.* in /);
  assert.is(spawnSync('pgrep', ['-f', '^sleep 98765$']).status, 1);
});

function terminal(): Terminal {
  const line = `${process.execPath} ${join(root, 'dist/tasks.js')} monitor --host=${place.host} --interval=200ms`;
  const opened = openTerminal(box.cwd, { ...box.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' });
  opened.type(line);
  return opened;
}

live('live charts; Ctrl-C gives the terminal back and leaves the summary', async () => {
  const screen = terminal();
  try {
    await screen.waitFor(/CPU {2}0 % to 100 %[\s\S]*█[\s\S]*Network/);
    assert.ok(screen.isCursorHidden());
    screen.press('C-c');
    await screen.waitFor(/Network out .*B\/s[\s\S]*^\$$/m);
    assert.not.ok(screen.isCursorHidden());
    screen.type('stty -a | grep -o -e "-\\?icanon" -e "-\\?echo "');
    const text = await screen.waitFor(/^icanon$/m);
    assert.match(text, /^echo $|^echo$/m);
    assert.not.match(text, /q ends/);
  } finally {
    screen.close();
  }
});

live('pmproxy is killed: the charts stay, since when is said; it comes back; q ends', async () => {
  const screen = terminal();
  try {
    await screen.waitFor(/CPU {2}0 % to 100 %[\s\S]*█/);
    await place.stopPmproxy();
    const away = await screen.waitFor(/no answer since \d\d:\d\d:\d\d/);
    assert.match(away, /CPU {2}0 % to 100 %[\s\S]*█/);
    await place.startPmproxy();
    await screen.waitFor(/^(?![\s\S]*no answer)[\s\S]*CPU {2}0 % to 100 %/);
    screen.press('q');
    await screen.waitFor(/No answer from \d\d:\d\d:\d\d to[\s\S]*Network out .*B\/s[\s\S]*^\$$/m);
    assert.not.ok(screen.isCursorHidden());
  } finally {
    screen.close();
  }
});

test.run();
