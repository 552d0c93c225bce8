import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root, run, sandbox } from '../support/run.ts';

interface PlannedLine {
  readonly event: string;
  readonly dry?: boolean;
  readonly argv?: readonly string[];
  readonly title?: string;
  readonly why?: string;
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
}

async function plan(...argv: string[]): Promise<{ lines: PlannedLine[]; cwd: string }> {
  const box = await sandbox();
  const { stdout, stderr, exit } = await run([...argv, '--dry', '--json'], box);
  assert.is(exit, 0, stdout + stderr);
  await box.remove();
  const all = `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
  return { lines: all.map((line): PlannedLine => JSON.parse(line)), cwd: box.cwd };
}

test('flame: every step with its reason, from the module to the picture', async () => {
  const { lines, cwd } = await plan('flame', 'demo', 'echo', '--reps=10', '--output=x.svg');
  const steps = lines.filter(({ title }) => title !== undefined);
  assert.ok(
    steps.every(
      ({ why = '', inputs, outputs }) => why !== '' && inputs !== undefined && outputs !== undefined,
    ),
  );
  assert.match(steps[0]?.inputs?.[0] ?? '', /demo\/echo\/function\.wasm$/);
  assert.equal(steps.at(-1)?.outputs, [`${cwd}/x.svg`]);
  const record = steps.find(({ argv }) => argv?.includes('record'));
  assert.is(record?.outputs?.[0], record?.argv?.[(record?.argv?.indexOf('-o') ?? 0) + 1]);
});

test('perf.report says that it would record first, and why', async () => {
  const { lines, cwd } = await plan('perf.report', 'demo', 'echo');
  const titled = lines.filter(({ title }) => title !== undefined);
  assert.equal(
    titled.map(({ why }) => why),
    ['perf.data does not exist yet', 'perf reads it'],
  );
  assert.equal(titled[0]?.outputs, [`${cwd}/perf.data`, `${cwd}/perf.data.files`]);
  assert.equal(titled[1]?.inputs, [`${cwd}/perf.data`]);
});

test('calls and uploads name what is sent and where', async () => {
  const call = await plan('invoke', 'demo', 'echo', '--planner-port=9');
  assert.equal([call.lines[0]?.title, call.lines[0]?.why], ['Call demo/echo', 'the result is waited for']);
  const module = join(root, 'functions/demo/echo/function.wasm');
  const upload = await plan('upload', 'demo', 'x', module);
  assert.equal(upload.lines[0]?.inputs, [module]);
  assert.match(upload.lines[0]?.outputs?.[0] ?? '', /\/f\/demo\/x$/);
});

test('people see commands and remarks only', async () => {
  const box = await sandbox();
  const { stdout } = await run(['flame', 'demo', 'echo', '--dry'], box);
  assert.not.match(stdout, /WebAssembly get their source names|undefined/);
  assert.match(stdout, /perf .*record/);
  await box.remove();
});

test.run();
