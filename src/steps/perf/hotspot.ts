import { spawn } from 'node:child_process';
import { findOnPath } from '../../faasm/binaries.ts';
import type { PerfUnusable } from '../../profile/perf-failure.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { RecordArgs } from './record.ts';
import { RecordRun, recordingFile } from './record-run.ts';
import { perfTarget } from './target.ts';
import { workFolderOf } from './work-folder.ts';

interface HotspotArgs extends RecordArgs {
  readonly open: boolean;
}

/**
 * `perf.hotspot`: records with the flags of Hotspot's own off-CPU profile (its README: `-e cycles -e sched:sched_switch
 * --switch-events --sample-cpu`), then shows it. A machine without Hotspot is no failure: the file is there.
 */
export async function recordForHotspot(args: HotspotArgs, context: TaskContext): Promise<void> {
  const file = recordingFile(args.output, context);
  const target = await perfTarget(args, args.callGraph, workFolderOf(file.path), context);
  const hotspot = await findOnPath('hotspot');
  const run = new RecordRun(file, target, { flags: hotspotFlags(args), explain: needsTracepoint }, context);
  const { output, env } = context;
  if (context.dry) {
    const opens = args.open && hotspot !== undefined;
    const open = {
      title: 'Open it in Hotspot',
      why: '--open',
      inputs: [file.path],
      outputs: [],
    };
    const note = `opens ${file.path} in ${hotspot}`;
    return run.printPlan('Hotspot shows it', opens ? [{ note, plan: open }] : []);
  }
  await run.run(`Record ${target.name} at ${args.frequency} Hz, and its waits`);
  if (!args.open) return output.result(`${args.output}: for Hotspot`, { output: file.path, opened: false });
  if (hotspot === undefined) {
    output.emit({
      event: 'warning',
      message: 'Hotspot is not installed',
      hints: [
        'sudo apt-get install hotspot, or the AppImage: https://github.com/KDAB/hotspot/releases',
        `Then: hotspot ${file.path}`,
        `Without it: tasks flame --off-cpu=both draws both in one graph`,
      ],
    });
    return output.result(`${args.output}: for Hotspot, in ${file.path}`, {
      output: file.path,
      opened: false,
    });
  }
  const child = spawn(hotspot, [file.path], { detached: true, stdio: 'ignore', env: { ...env } });
  child.on('error', () => undefined);
  child.unref();
  output.result(`${args.output}: opened in Hotspot`, { output: file.path, opened: true });
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
