import { task } from './define.ts';

const host = {
  type: 'string',
  metavar: 'HOST[:PORT]',
  help: 'Where pmproxy answers. (default: localhost:44322)',
} as const;

export const check = task({
  doc: `Says what answers: pmcd, pmproxy, which metrics, whether Vector can read them

Each line that is not right comes with the command that fixes it. Exit code 3 when something is missing.`,
  examples: ['tasks monitor.check', 'tasks monitor.check --host=worker-2 --json'],
  params: { host },
  run: async (args, context) => {
    const { checkMonitoring } = await import('../src/steps/monitor/check.ts');
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
    byHand: { type: 'bool', help: 'Print the commands to type instead.' },
    hosts: {
      type: 'string',
      metavar: 'FILE',
      help: 'Prepare the machines of this Ansible inventory instead of this one.',
    },
    stop: { type: 'bool', help: 'End the services; the packages stay.' },
    remove: {
      type: 'bool',
      help: 'Take back what this did: services and packages, nothing else.',
    },
  },
  run: async (args, context) => {
    const { setUpMonitoring } = await import('../src/steps/monitor/set-up.ts');
    await setUpMonitoring(args, context);
  },
});

export const vector = task({
  doc: `Starts Vector's container and says what to add there

With the compose file of the checkout where it has a service of that name, else with the package's own. Where no Docker is,
tasks monitor --html shows the same metrics.`,
  examples: [
    'tasks monitor.vector',
    'tasks monitor.vector --port=8080 --host=worker-2:44323',
    'tasks monitor.vector --stop',
  ],
  params: {
    host: {
      ...host,
      notWith: ['stop'],
      help: 'Whose metrics are to be looked at, as the browser reaches its pmproxy. (default: localhost:44323)',
    },
    port: {
      type: 'int',
      min: 1,
      max: 65_535,
      notWith: ['stop'],
      help: "Where Vector is served, with the package's own compose file. (default: 80)",
    },
    wait: {
      type: 'float',
      default: 60,
      min: 1,
      max: 3600,
      metavar: 'SECONDS',
      notWith: ['stop'],
      help: 'How long it may take to answer.',
    },
    stop: { type: 'bool', help: 'Stop the container and remove it.' },
  },
  run: async (args, context) => {
    const { startVector } = await import('../src/steps/monitor/vector.ts');
    await startVector(args, context);
  },
});
