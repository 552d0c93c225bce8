import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runSteps, type Step, type StepRunner } from '../../src/process/steps.ts';
import { namespace, task } from '../../src/runner/define.ts';
import { TaskError } from '../../src/util/errors.ts';
import { runTree } from '../runner/run-sample.ts';

const read: Step = { title: 'Read', why: 'names', inputs: [import.meta.filename] };
const print: Step = { title: 'Print', why: 'asked for', commands: [{ argv: ['echo', 'printed'] }] };
const write: Step = { title: 'Write', why: 'the result', outputs: ['/nowhere/result.svg'] };
const show: Step = { title: 'Show', why: 'it is there', inputs: ['/nowhere/result.svg'] };

/** A tree with one task, whose steps are these. */
function treeOf(steps: readonly Step[], flow: (run: StepRunner) => Promise<unknown>) {
  return namespace({
    doc: '',
    tasks: {
      t: task({
        doc: '',
        params: {},
        run: async (_args, context) => {
          const made = await runSteps(steps, context, flow);
          if (made !== undefined) context.output.result(`made ${made}`, { made });
        },
      }),
    },
  });
}

test('what a step made is what the next one takes', async () => {
  const tree = treeOf([read, print, write], async (step) => {
    const names = await step(read, async (io) => {
      io.retitle('Read two names');
      return ['a', 'b'];
    });
    await step(print);
    return await step(write, async () => names.join('+'));
  });
  const { stdout, exit } = await runTree(tree, 't');
  assert.is(exit, 0);
  assert.match(
    stdout,
    /done {2}Read two names .*\n.*Print\n.*printed\n.*done {2}Print .*\n(?:.*\n)*made a\+b\n/,
  );
});

test('a dry run prints the same steps and runs none', async () => {
  const tree = treeOf([read, print, write, show], async () => {
    throw new Error('ran');
  });
  const { stdout } = await runTree(tree, '--dry', 't');
  assert.is(stdout, '# Read\necho printed\n# Write: writes /nowhere/result.svg\n# Show\n');
  const lines = (await runTree(tree, '--dry', '--json', 't')).stdout.trim().split('\n');
  const events = lines.map((line): unknown => JSON.parse(line));
  assert.equal(events[1], {
    event: 'command',
    dry: true,
    argv: ['echo', 'printed'],
    title: 'Print',
    why: 'asked for',
    inputs: [],
    outputs: [],
  });
});

test('a dry run says what is not there and will not be made', async () => {
  const { stderr, exit } = await runTree(
    treeOf([show], async () => 1),
    '--dry',
    't',
  );
  assert.is(exit, 1);
  assert.match(stderr, /Show: there is no \/nowhere\/result\.svg/);
});

test('a step that fails ends the list, and one that the flow leaves out is passed over', async () => {
  const tree = treeOf([read, print, write], async (step) => {
    await step(write, async () => {
      throw new TaskError('the disk is full');
    });
  });
  const { stdout, stderr, exit } = await runTree(tree, 't');
  assert.is(exit, 1);
  assert.match(stdout, /FAIL {2}Write/);
  assert.not.match(stdout, /Print/);
  assert.match(stderr, /the disk is full/);
});

test.run();
