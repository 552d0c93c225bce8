import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { taskList } from '../../src/runner/list.ts';
import { type Catalogue, TaskTree } from '../../src/runner/tree.ts';
import { tree } from '../../tasks/index.ts';
import { run } from '../support/run.ts';

const options = { only: undefined, depth: undefined, columns: 100 } as const;

test('the built catalogue lists what the modules say', async () => {
  const fromModules = new TaskTree(tree);
  for (const format of ['flat', 'nested', 'json'] as const) {
    const { stdout } = await run(['--list', `--list-format=${format}`], { env: { COLUMNS: '100' } });
    assert.is(stdout.trimEnd(), (await taskList(fromModules, { ...options, format })).trimEnd());
  }
});

test('listing loads no module that the catalogue knows, and one that it does not', async () => {
  const catalogue: Catalogue = {
    known: { doc: 'Known', tasks: { one: { doc: 'From the catalogue', params: {} } } },
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
    () => catalogue,
  ).list();
  assert.equal(
    listed.map(({ task }) => task.doc),
    ['From the catalogue', 'From the module'],
  );
  assert.equal(loaded, ['other']);
});

test.run();
