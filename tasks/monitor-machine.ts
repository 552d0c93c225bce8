import { task } from '../src/runner/define.ts';

const host = {
  type: 'string',
  short: false,
  metavar: 'HOST[:PORT]',
  help: 'Where pmproxy answers. (default: localhost:44322)',
} as const;

export const check = task({
  doc: `Says what answers: pmcd, pmproxy, which metrics, whether Vector can read them

Each line that is not right comes with the command that mends it. Exit code 3 when something is missing.`,
  examples: ['tasks monitor.check', 'tasks monitor.check --host=worker-2 --json'],
  params: { host },
  run: async (args, context) => {
    const { checkMonitoring } = await import('../src/steps/monitoring/check.ts');
    await checkMonitoring(args, context);
  },
});
