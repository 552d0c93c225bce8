import { networkInterfaces } from 'node:os';
import { type Checked, runChecks } from '../../doctor/check.ts';
import { allChecks } from '../../doctor/checks.ts';
import { fixLine, reportOn, reportText } from '../../doctor/report.ts';
import { loadSettings } from '../../faasm/settings.ts';
import { healthChecks, isHealthy } from '../../monitor/health.ts';
import { addressUrl, type HostAddress, parseHostAddress } from '../../monitor/pmapi-transport.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError } from '../../util/errors.ts';
import { machineHost } from '../doctor/doctor-host.ts';
import { doctorPaint } from '../doctor/doctor-paint.ts';

export interface CheckArgs {
  readonly host: string | undefined;
}

/**
 * `monitor.check`: what answers, which version, which metrics have values, whether a browser may read them.
 *
 * @throws MachineError when anything is missing or broken.
 */
export async function checkMonitoring(args: CheckArgs, context: TaskContext): Promise<void> {
  const address = parseHostAddress(args.host ?? 'localhost');
  const ask: Step = {
    title: `Ask pmcd and pmproxy at ${addressUrl(address)}`,
    why: 'says what answers, which metrics have values, and whether a browser may read them',
    outputs: ['-'],
    foreground: true,
  };
  await runSteps([ask], context, async (step) => {
    report(address, await step(ask, async () => await health(address, context)), context);
  });
}

function report(address: HostAddress, checked: readonly Checked[], { output }: TaskContext): void {
  const isRoot = process.getuid?.() === 0;
  const lacking = checked.filter(({ state }) => state === 'missing' || state === 'broken');
  output.result(reportText([reportOn('monitor', checked)], isRoot, doctorPaint(output.paint)), {
    host: address.host,
    port: address.port,
    ok: isHealthy(checked),
    checks: checked.map(({ id, title, state, found, wanted, fix, otherFix }) => ({
      id,
      title,
      state,
      found,
      ...(wanted === undefined ? {} : { wanted }),
      ...(fix === undefined ? {} : { fix: fixLine(fix, isRoot) }),
      ...(otherFix === undefined ? {} : { otherFix: fixLine(otherFix, isRoot) }),
    })),
  });
  if (isHealthy(checked)) return;
  throw new MachineError(
    `Not ready to monitor ${address.host}: ${lacking.map(({ title }) => title).join(', ')}`,
    {
      hints: lacking.flatMap(({ fix }) => (fix === undefined ? [] : [fixLine(fix, isRoot)])).slice(0, 1),
    },
  );
}

/** Asks everything about one host; of this machine also what is installed. */
export async function health(address: HostAddress, context: TaskContext): Promise<Checked[]> {
  const isHere = isThisMachine(address.host);
  const installed = isHere ? allChecks.filter(({ id }) => id === 'pcp') : [];
  const settings = await loadSettings({ env: context.env, cwd: context.cwd });
  const checks = [...installed, ...healthChecks({ address, isHere })];
  return await runChecks(checks, machineHost(context, settings));
}

function isThisMachine(host: string): boolean {
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return true;
  return Object.values(networkInterfaces()).some(
    (all) => all?.some(({ address }) => address === host) === true,
  );
}
