import { type SettingKey, settingKeys, settingSources } from '../src/faasm/setting-keys.ts';
import { trusted } from '../src/util/brand.ts';
import { namespace, task } from './define.ts';

const show = task({
  doc: `Shows every setting and where its value came from

Lowest first: defaults, the user's file, the project's tasks.config.json, faasm.ini, environment, flags. With a KEY:
its value alone; with --json what every layer says of it.`,
  examples: ['tasks config', 'tasks config buildDir', 'tasks config --json'],
  params: {
    key: {
      type: 'string',
      positional: true,
      default: '',
      metavar: 'KEY',
      mayBeEmpty: true,
      values: 'setting-keys',
      help: 'Show this setting only.',
    },
  },
  run: async ({ key }, context) => {
    const { showSettings } = await import('../src/steps/faasm/config.ts');
    await showSettings(key, context);
  },
});

interface SettingFlag {
  readonly type: 'string';
  readonly values?: string;
  readonly short?: false;
  readonly help: string;
}

const flagOf = (key: SettingKey): SettingFlag => ({
  type: 'string',
  help: settingSources[key].doc,
  ...(settingSources[key].kind === 'path' ? { values: 'folders' } : {}),
  ...(key === 'buildType' ? { values: 'build-types' } : {}),
});
const settingFlags = trusted<Readonly<Record<SettingKey, SettingFlag>>>(
  Object.fromEntries(settingKeys.map((key) => [key, flagOf(key)])),
);

const set = task({
  doc: `Writes settings into the project's tasks.config.json

All of them or none; comments stay. The file is the nearest one above, else one beside the checkout's sources, else here.`,
  examples: ['tasks config.set --build-type=Release --perf=on', 'tasks config.set --unset=llvmDir'],
  params: {
    ...settingFlags,
    unset: {
      type: 'list',
      metavar: 'KEY',
      mayBeEmpty: true,
      values: 'setting-keys',
      help: 'Take this setting out of the file.',
    },
    user: { type: 'bool', help: "Write the user's own file instead." },
  },
  run: async (args, context) => {
    const { setSettings } = await import('../src/steps/faasm/config.ts');
    await setSettings(args, context);
  },
});

const create = task({
  doc: `Set up skeleton Faasm config

A faasm.ini beside the checkout's sources, else here, that says where a cluster listens, to be edited: what is set now, defaults as comments.
One that is there already stays as it is.`,
  examples: ['tasks config.create', 'PLANNER_HOST=10.0.0.1 tasks config.create'],
  params: {},
  run: async (_args, context) => {
    const { createIni } = await import('../src/steps/faasm/config.ts');
    await createIni(context);
  },
});

export default namespace({
  doc: 'Settings and where they come from',
  default: 'show',
  tasks: { show, set, create },
});
