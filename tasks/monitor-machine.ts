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

export const setup = task({
  doc: `Installs Performance Co-Pilot and starts it, also where systemd does not run

Runs the package's Ansible playbook step by step, as root or with sudo; without Ansible it prints the commands to type.
Where no systemd starts services, the name space of metrics is built and pmcd and pmproxy are started by hand.
Running it twice changes nothing.`,
  examples: ['tasks monitor.setup', 'tasks monitor.setup --stop', 'tasks monitor.setup --remove'],
  params: {
    check: { type: 'bool', short: 'c', help: 'Show what would change, change nothing.' },
    byHand: { type: 'bool', short: false, help: 'Print the commands to type instead.' },
    hosts: {
      type: 'string',
      short: false,
      metavar: 'FILE',
      help: 'Prepare the machines of this Ansible inventory instead of this one.',
    },
    stop: { type: 'bool', short: false, help: 'End the services; the packages stay.' },
    remove: {
      type: 'bool',
      short: false,
      help: 'Take back what this did: services and packages, nothing else.',
    },
  },
  run: async (args, context) => {
    const { setUpMonitoring } = await import('../src/steps/monitoring/set-up.ts');
    await setUpMonitoring(args, context);
  },
});
