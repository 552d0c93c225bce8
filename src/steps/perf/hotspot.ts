import { spawn } from 'node:child_process';
import { findOnPath } from '../../faasm/binaries.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { PerfUnusable } from '../../profile/perf-failure.ts';
import type { TaskContext } from '../../runner/context.ts';
import { typedTarget } from '../flame/target.ts';
import { assertEnded, planRecording, type RecordArgs } from './record.ts';

interface HotspotArgs extends RecordArgs {
  readonly open: boolean;
}

/**
 * `perf.hotspot`: records with the flags of Hotspot's own off-CPU profile (its README: `-e cycles -e sched:sched_switch
 * --switch-events --sample-cpu`), then shows it. A machine without Hotspot is no failure: the file is there.
 */
export async function hotspot(args: HotspotArgs, context: TaskContext): Promise<void> {
  const { frequency, output: displayName } = args;
  const recipe = {
    title: `Record ${typedTarget(args)} at ${frequency} Hz, and its waits`,
    why: 'Hotspot shows it',
    flags: hotspotFlags(args),
    explain: needsTracepoint,
  };
  const { step: record, path, run } = await planRecording(args, recipe, context);
  const program = args.open ? await findOnPath('hotspot') : undefined;
  const open: Step | undefined =
    program === undefined
      ? undefined
      : {
          title: 'Open it in Hotspot',
          why: '--open',
          inputs: [path],
          notes: [`opens ${path} in ${program}`],
          foreground: true,
        };
  const ended = await runSteps([record, open ?? []].flat(), context, async (step) => {
    const error = await step(record, run);
    if (error === undefined && open !== undefined && program !== undefined)
      await step(open, async () => openIn(program, path, context));
    return { error };
  });
  if (ended === undefined) return;
  assertEnded(ended.error, displayName, context);
  const { output } = context;
  const isOpened = program !== undefined;
  if (args.open && !isOpened) {
    output.emit({
      event: 'warning',
      message: 'Hotspot is not installed',
      hints: [
        'sudo apt-get install hotspot, or the AppImage: https://github.com/KDAB/hotspot/releases',
        `Then: hotspot ${path}`,
        `Without it: tasks flame --off-cpu=both draws both in one graph`,
      ],
    });
  }
  const text = isOpened ? 'opened in Hotspot' : `for Hotspot${args.open ? `, in ${path}` : ''}`;
  output.result(`${displayName}: ${text}`, { output: path, opened: isOpened });
}

function openIn(program: string, path: string, { env }: TaskContext): void {
  const child = spawn(program, [path], { detached: true, stdio: 'ignore', env: { ...env } });
  child.on('error', () => undefined);
  child.unref();
}

/** Where a machine has no cycles, perf itself takes cpu-clock instead. */
function hotspotFlags({ frequency, callGraph }: HotspotArgs): string[] {
  const events = ['-e', 'cycles', '-e', 'sched:sched_switch', '--switch-events', '--sample-cpu'];
  const callers = callGraph === 'fp' ? ['-g'] : ['--call-graph', callGraph];
  return ['-k', '1', '-F', String(frequency), ...events, ...callers];
}

function needsTracepoint(printed: string): PerfUnusable | undefined {
  if (!/sched_switch|tracing/.test(printed) || !/permission|access|find|unknown/i.test(printed))
    return undefined;
  return {
    why: "this user may not read the scheduler's tracepoint",
    fix: 'sudo mount -o remount,mode=755 /sys/kernel/tracing && sudo sysctl kernel.perf_event_paranoid=-1',
  };
}
