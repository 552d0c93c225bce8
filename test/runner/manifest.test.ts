import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { taskList } from '../../src/runner/list.ts';
import { TaskTree, type TreeManifest } from '../../src/runner/tree.ts';
import { tree } from '../../tasks/index.ts';
import { run } from '../support/run.ts';

const options = { only: undefined, depth: undefined, columns: undefined } as const;

test('the built manifest lists what the modules say', async () => {
  const fromModules = new TaskTree(tree);
  for (const format of ['flat', 'nested', 'json'] as const) {
    const { stdout } = await run(['--list', `--list-format=${format}`]);
    assert.is(stdout.trimEnd(), (await taskList(fromModules, { ...options, format })).trimEnd());
  }
});

test('listing loads no module that the manifest knows, and one that it does not', async () => {
  const manifest: TreeManifest = {
    known: { doc: 'Known', tasks: { one: { doc: 'From the manifest', params: {} } } },
  };
  const loaded: string[] = [];
  const load = (name: string) => async () => {
    loaded.push(name);
    return {
      default: { doc: name, tasks: { two: { doc: 'From the module', params: {}, run: async () => {} } } },
    };
  };
  const listed = await new TaskTree(
    { doc: '', tasks: {}, namespaces: { known: load('known'), other: load('other') } },
    () => manifest,
  ).list();
  assert.equal(
    listed.map(({ task }) => task.doc),
    ['From the manifest', 'From the module'],
  );
  assert.equal(loaded, ['other']);
});

test.run();
