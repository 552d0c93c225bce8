import { fixLine } from '../../doctor/report.ts';
import { guidePort, isHealthy } from '../../monitor/health.ts';
import { parseHostAddress } from '../../monitor/host-address.ts';
import { type Command, runChild } from '../../process/child.ts';
import { printPlan, runSharedSteps } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError, UsageError } from '../../util/errors.ts';
import { shellLine } from '../../util/shell-word.ts';
import { type PrepareArgs, prepareMachine } from '../machine/prepare.ts';
import { health } from './check.ts';
import { answers, hasSystemd, pcpServices, stopCommand } from './services.ts';

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
  const isRoot = process.getuid?.() === 0;
  const commands = running.map(
    (name): Command => ({ argv: isRoot ? stopCommand(name) : ['sudo', '-n', ...stopCommand(name)] }),
  );
  if (running.length === 0)
    return output.result('Nothing of Performance Co-Pilot runs here', { stopped: [] });
  if (context.dry) return printPlan(commands, context);
  const lines = running.map((name) => shellLine([...(isRoot ? [] : ['sudo']), ...stopCommand(name)]));
  if (byHand) return output.result(lines.join('\n'), { commands: lines });
  if (!isRoot) await assertSudo(lines, context);
  await runSharedSteps(
    commands.map((command, at) => ({
      title: `Stop ${running[at]}`,
      run: async (io) => {
        await io.run(command);
      },
    })),
    context,
  );
  const note = hasSystemd() ? '; they start again at the next boot' : '';
  output.result(`Stopped ${running.join(', ')}${note}`, { stopped: running });
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
