import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { fixLine } from '../../doctor/report.ts';
import { readRoleDefaults } from '../../machine/role-defaults.ts';
import { guidePort, isHealthy } from '../../monitor/health.ts';
import { parseHostAddress } from '../../monitor/pmapi-transport.ts';
import { runChild } from '../../process/child.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError, UsageError } from '../../util/errors.ts';
import { shellLine } from '../../util/shell-word.ts';
import { type PrepareArgs, prepareMachine } from '../machine/prepare.ts';
import { health } from './check.ts';

export interface SetUpArgs extends Pick<PrepareArgs, 'check' | 'byHand' | 'hosts'> {
  readonly stop: boolean;
  readonly remove: boolean;
}

/** `monitor.setup`: Performance Co-Pilot installed and answering; or its services stopped; or all of that taken back. */
export async function setUpMonitoring(args: SetUpArgs, context: TaskContext): Promise<void> {
  const { stop, remove, check, byHand, hosts } = args;
  if (stop && (remove || check || hosts !== undefined))
    throw new UsageError('--stop goes alone or with --by-hand: it ends the services of this machine', {
      hints: ['To take everything back, packages too: tasks monitor.setup --remove'],
    });
  if (stop) return await stopServices(byHand, context);
  await prepareMachine('pcp', { check, byHand, hosts, undo: remove }, context);
  if (!context.dry && !remove && !check && !byHand && hosts === undefined) await sayWhatAnswers(context);
}

/** Stops what runs of them, the last started first; that nothing runs is no failure. */
async function stopServices(byHand: boolean, context: TaskContext): Promise<void> {
  const { output } = context;
  const running: string[] = [];
  for (const { name, port } of (await pcpServices()).toReversed()) {
    const runs =
      port === undefined
        ? (await runChild({ argv: ['systemctl', 'is-active', '--quiet', name] }, context)).exitCode === 0
        : await answers(port);
    if (runs) running.push(name);
  }
  if (running.length === 0)
    return output.result('Nothing of Performance Co-Pilot runs here', { stopped: [] });
  const isRoot = process.getuid?.() === 0;
  const lines = running.map((name) => shellLine([...(isRoot ? [] : ['sudo']), ...stopCommand(name)]));
  if (byHand && !context.dry) return output.result(lines.join('\n'), { commands: lines });
  if (!isRoot && !context.dry) await assertSudo(lines, context);
  const steps = running.map(
    (name): Step => ({
      title: `Stop ${name}`,
      why: 'it runs; what was started last is stopped first',
      commands: [{ argv: isRoot ? stopCommand(name) : ['sudo', '-n', ...stopCommand(name)] }],
    }),
  );
  await runSteps(steps, context, async (step) => {
    for (const one of steps) await step(one);
    const note = hasSystemd() ? '; they start again at the next boot' : '';
    output.result(`Stopped ${running.join(', ')}${note}`, { stopped: running });
  });
}

async function assertSudo(lines: readonly string[], context: TaskContext): Promise<void> {
  const asked = await runChild({ argv: ['sudo', '-n', 'true'] }, context).catch(() => undefined);
  context.signal.throwIfAborted();
  if (asked?.exitCode === 0) return;
  throw new MachineError('Could not stop the services: that takes root, and sudo cannot be asked here', {
    hints: lines,
  });
}

/** The services were started: says whether metrics come, and where to look at them. */
async function sayWhatAnswers(context: TaskContext): Promise<void> {
  const { output } = context;
  const checked = await health(parseHostAddress('localhost'), context);
  const lacking = checked.filter(({ state }) => state === 'missing' || state === 'broken');
  if (!isHealthy(checked)) {
    const [first] = lacking;
    throw new MachineError(
      `Performance Co-Pilot was started, but: ${lacking.map(({ title, found }) => `${title}: ${found}`).join('; ')}`,
      {
        hints: [
          ...(first?.fix === undefined ? [] : [fixLine(first.fix, process.getuid?.() === 0)]),
          'All of it: tasks monitor.check',
        ],
      },
    );
  }
  const next = [
    'Look: tasks monitor',
    'In a browser: tasks monitor --html --open',
    `Vector: tasks monitor.vector (host localhost, port ${guidePort})`,
  ];
  if (!output.json) output.result(next.join('\n'), {});
}

/** One of Performance Co-Pilot's services on this machine. */
interface Service {
  readonly name: string;
  /** Where it answers; undefined: systemd is asked. */
  readonly port: number | undefined;
}

/** True where systemd runs, not only is installed. */
function hasSystemd(): boolean {
  return existsSync('/run/systemd/system');
}

/** What the playbook starts here, in the order of starting. */
async function pcpServices(): Promise<readonly Service[]> {
  const role = await readRoleDefaults.pcp();
  return hasSystemd()
    ? role.pcp_services.map((name) => ({ name, port: undefined }))
    : Object.entries(role.pcp_services_by_hand).map(([name, port]) => ({ name, port }));
}

/** The command that stops one, as root. */
function stopCommand(name: string): readonly [string, ...string[]] {
  return hasSystemd() ? ['systemctl', 'stop', name] : [`/etc/init.d/${name}`, 'stop'];
}

/** True when somebody takes connections on this port of this machine. */
async function answers(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
