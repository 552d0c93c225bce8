import { defineNamespace, defineTask } from '../src/runner/define.ts';

const show = defineTask({
  doc: `Shows every setting and where its value came from

Lowest first: defaults, the user's file, the project's tasks.config.json, faasm.ini, environment, flags. With a KEY:
its value alone and what the lower layers say.`,
  examples: ['tasks config', 'tasks config buildDir', 'tasks config --json'],
  params: {
    key: {
      type: 'string',
      positional: true,
      default: '',
      short: false,
      metavar: 'KEY',
      help: 'Show this setting only.',
    },
  },
  run: async ({ key }, context) => {
    const { showSettings } = await import('../src/steps/settings/show-settings.ts');
    await showSettings(key, context);
  },
});

export default defineNamespace({
  doc: 'Settings and where they come from',
  default: 'show',
  tasks: { show },
});
