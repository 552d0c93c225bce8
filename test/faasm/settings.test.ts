import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type SettingKey, settingKeys, settingSources } from '../../src/faasm/setting-keys.ts';
import { loadSettings } from '../../src/faasm/settings.ts';
import { settingsJsonSchema } from '../../src/faasm/settings-schema.ts';
import { TaskError } from '../../src/util/errors.ts';
import { root, type Sandbox, sandbox } from '../support/run.ts';

const test = suite<{ box: Sandbox }>('settings', { box: await sandbox() });
test.before.each(async (context) => {
  await context.box.remove();
  context.box = await sandbox();
});
test.after.each(async ({ box }) => await box.remove());

async function put(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

const home = (box: Sandbox): string => box.env['HOME'] ?? '';
const userFile = (box: Sandbox): string => join(home(box), '.config', 'faasm-tasks', 'config.json');

async function load(box: Sandbox, env: Readonly<Record<string, string>> = {}, cwd = box.cwd) {
  return await loadSettings({ env: { HOME: home(box), ...env }, cwd });
}

async function failure(box: Sandbox, env: Readonly<Record<string, string>> = {}): Promise<TaskError> {
  try {
    await load(box, env);
  } catch (error) {
    if (error instanceof TaskError) return error;
    throw error;
  }
  throw new Error('the settings were read');
}

test('nothing anywhere: the defaults, and nothing is created', async ({ box }) => {
  const settings = await load(box);
  assert.is(settings.value('buildDir'), '/build/faasm');
  assert.is(settings.value('buildType'), 'Debug');
  assert.is(settings.value('plannerPort'), 8080);
  assert.is(settings.value('checkout'), undefined);
  assert.equal(settings.origin('buildDir'), { layer: 'default', where: 'built in' });
  assert.equal(await readdir(box.cwd), []);
  assert.equal(await readdir(home(box)), []);
});

test('the highest layer that sets a key wins, whatever the others say', async ({ box }) => {
  type Values = Partial<Record<SettingKey, string | number | boolean>>;
  const some = fc.record(
    {
      buildDir: fc.constantFrom('/a', '/b b', 'c/d'),
      buildType: fc.constantFrom('Debug', 'Release', 'MinSizeRel'),
      generator: fc.constantFrom('Ninja', 'Unix Makefiles'),
      perf: fc.boolean(),
      plannerHost: fc.constantFrom('one', '10.0.0.2', 'three.example'),
      plannerPort: fc.integer({ min: 1, max: 65_535 }),
    },
    { requiredKeys: [] },
  );
  const layers = fc.record({ user: some, project: some, ini: some, env: some, flags: some });
  await fc.assert(
    fc.asyncProperty(layers, async ({ user, project, ini, env, flags }) => {
      await put(userFile(box), JSON.stringify(user));
      await put(box.file('tasks.config.json'), JSON.stringify(project));
      const lines = Object.entries(ini satisfies Values).flatMap(([key, value]) => {
        const name = settingKeys.find((known) => known === key);
        const word = name === undefined ? undefined : settingSources[name].ini;
        return word === undefined ? [] : [`${word} = ${value}`];
      });
      await put(box.file('faasm.ini'), ['[Faasm]', ...lines, ''].join('\n'));
      const variables = settingKeys.flatMap((key) => {
        const { variable } = settingSources[key];
        const value: unknown = Object.entries(env).find(([name]) => name === key)?.[1];
        return variable === undefined || value === undefined ? [] : [[variable, String(value)] as const];
      });
      const settings = await loadSettings({
        env: { HOME: home(box), ...Object.fromEntries(variables) },
        cwd: box.cwd,
        flags,
      });
      const check = (key: SettingKey, candidates: readonly (readonly [string, unknown, string?])[]): void => {
        const [layer, value, from = ''] = candidates.find(([, said]) => said !== undefined) ?? [
          'default',
          undefined,
        ];
        assert.is(settings.origin(key).layer, layer, key);
        if (value !== undefined) {
          const isRelative = key === 'buildDir' && !String(value).startsWith('/');
          assert.is(settings.value(key), isRelative ? join(from, String(value)) : value, key);
        }
        const said = candidates.filter(([, word]) => word !== undefined).length;
        assert.is(settings.layers(key).length, said + 1, `${key}: every layer is remembered`);
      };
      const { cwd } = box;
      check('buildDir', [
        ['flag', flags.buildDir, cwd],
        ['environment', env.buildDir, cwd],
        ['project', project.buildDir, cwd],
        ['user', user.buildDir, dirname(userFile(box))],
      ]);
      check('perf', [
        ['flag', flags.perf],
        ['project', project.perf],
        ['user', user.perf],
      ]);
      for (const key of ['plannerHost', 'plannerPort'] as const) {
        check(key, [
          ['flag', flags[key]],
          ['environment', env[key]],
          ['faasm.ini', ini[key]],
          ['project', project[key]],
          ['user', user[key]],
        ]);
      }
      for (const key of ['buildType', 'generator'] as const) {
        check(key, [
          ['flag', flags[key]],
          ['environment', env[key]],
          ['project', project[key]],
          ['user', user[key]],
        ]);
      }
    }),
    { numRuns: 100 },
  );
});

test('a project file: comments, found upward, paths relative to it, ~ is the home folder', async ({
  box,
}) => {
  const text =
    '\ufeff{\r\n  // where\r\n  "buildDir": "out/build", /* two */\r\n  "localDir": "~/faasm",\r\n}\r\n';
  const path = await put(box.file('tasks.config.json'), text);
  const below = box.file('a/b');
  await mkdir(below, { recursive: true });
  const settings = await load(box, {}, below);
  assert.is(settings.value('buildDir'), box.file('out/build'));
  assert.is(settings.value('localDir'), join(home(box), 'faasm'));
  assert.equal(settings.origin('buildDir'), {
    layer: 'project',
    where: '../../tasks.config.json:3',
    file: path,
    line: 3,
  });
  assert.is(settings.files.project, path);
});

test('what is wrong with a settings file: file, line, column, and what was meant', async ({ box }) => {
  const cases: readonly (readonly [string, RegExp, RegExp?])[] = [
    ['{\n  "buldDir": "x"\n}', /tasks\.config\.json:2:3: there is no setting "buldDir"$/, /mean buildDir\?/],
    ['{\n  "perf": true\n  "buildDir": "x"\n}', /tasks\.config\.json:3:3: expected a comma/],
    ['{ "perf": true', /:1:15: expected a closing brace/],
    ['{ perf: true }', /:1:3: this is not JSON/],
    ['{ "perf": }', /:1:11: expected a value/],
    ['{ "buildDir": "x }', /:1:15: this text does not end/],
    ['{\n\t"buildType": "debug" }', /:2:15: buildType cannot be "debug"$/, /mean "Debug"\?/],
    ['{ "perf": "yes" }', /:1:11: perf cannot be "yes": expected boolean/],
    ['{ "plannerPort": 0 }', /:1:18: plannerPort cannot be 0: /],
    ['{ "plannerPort": "8080" }', /:1:18: plannerPort cannot be "8080": expected number/],
    ['{ "plannerHost": "http://x/" }', /:1:18: plannerHost cannot be "http:\/\/x\/": expected a host/],
    ['{ "buildDir": "" }', /:1:15: buildDir cannot be ""/],
    ['{ "perf": true, "perf": false }', /:1:17: "perf" is given twice/],
    ['{ "__proto__": 1 }', /:1:3: there is no setting "__proto__"/],
    ['[]', /:1:1: expected an object/],
    ['', /:1:1: expected a value/],
    ['{} {}', /:1:4: expected nothing after/],
  ];
  for (const [text, message, hint] of cases) {
    await put(box.file('tasks.config.json'), text);
    const error = await failure(box);
    assert.match(error.message, message, text);
    assert.match(error.message, /^Could not read the settings: /);
    if (hint !== undefined) assert.match(error.hints.join('\n'), hint);
    assert.is(error.exitCode, 2);
  }
  await rm(box.file('tasks.config.json'));
  await mkdir(box.file('tasks.config.json'));
  assert.match((await failure(box)).message, /tasks\.config\.json: it is a folder$/);
});

test('a wrong variable or ini line is named', async ({ box }) => {
  const error = await failure(box, { PLANNER_PORT: 'eighty' });
  assert.match(error.message, /: PLANNER_PORT: plannerPort cannot be "eighty"/);
  await put(box.file('faasm.ini'), '[Faasm]\nplanner_host = x\nplanner_port = 70000\n');
  assert.match((await failure(box)).message, /: faasm\.ini:3: plannerPort cannot be 70000/);
});

test("faasm.ini: FAASM_INI_FILE's, else the one here, else the checkout's; never created", async ({
  box,
}) => {
  const checkout = box.file('code/faasm');
  await put(join(checkout, 'CMakeLists.txt'), 'cmake_minimum_required(VERSION 3.18)\nproject(faasm)\n');
  await put(join(checkout, 'faasm.ini'), '[Faasm]\r\nplanner_host = in-checkout\r\n');
  await put(join(checkout, 'src/x.cpp'), '');
  const inside = await load(box, {}, join(checkout, 'src'));
  assert.is(inside.value('plannerHost'), 'in-checkout');
  assert.is(inside.value('checkout'), checkout);
  assert.is(inside.origin('checkout').layer, 'found');
  const byRoot = await load(box, { FAASM_ROOT: 'code/faasm' });
  assert.is(byRoot.value('checkout'), checkout);
  assert.is(byRoot.value('plannerHost'), 'in-checkout');
  await put(
    box.file('faasm.ini'),
    '# made\n[Other]\nplanner_host = no\n[Faasm]\nPlanner_Host: here\nplanner_port =\n',
  );
  const here = await load(box, { FAASM_ROOT: checkout });
  assert.is(here.value('plannerHost'), 'here');
  assert.is(here.origin('plannerHost').where, 'faasm.ini:5');
  assert.is(here.value('plannerPort'), 8080, 'an empty value says nothing');
  const other = await put(box.file('other.ini'), '[Faasm]\nworker_names = a,b\nplanner_host = named\n');
  assert.is((await load(box, { FAASM_INI_FILE: other })).value('plannerHost'), 'named');
  assert.is((await load(box, { FAASM_INI_FILE: 'not-yet.ini' })).value('plannerHost'), 'localhost');
  assert.not.ok((await readdir(box.cwd)).includes('not-yet.ini'));
});

test('the environment: relative folders start here, an empty variable says nothing', async ({ box }) => {
  const settings = await load(box, {
    FAASM_BUILD_DIR: './dev/build',
    FAASM_LOCAL_DIR: '',
    PLANNER_PORT: '81',
  });
  assert.is(settings.value('buildDir'), box.file('dev/build'));
  assert.is(settings.value('localDir'), '/usr/local/faasm');
  assert.is(settings.value('plannerPort'), 81);
  assert.equal(settings.origin('plannerPort'), { layer: 'environment', where: 'PLANNER_PORT' });
});

test('the committed JSON schema is what the tasks check against', async () => {
  const text = await readFile(join(root, 'docs/tasks.config.schema.json'), 'utf8');
  const fix = 'npx tsx scripts/build_settings_schema.ts && npx biome check --write docs';
  assert.equal(JSON.parse(text), settingsJsonSchema(), fix);
});

test.run();
