import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why perf cannot record here, for the names of skipped tests; undefined where it can. */
export const noPerf: string | undefined = whyNoPerf();

function whyNoPerf(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'can-perf-'));
  const quick = ['--no-bpf-event', '--no-buildid', '--no-buildid-cache'];
  const { status, error } = spawnSync('perf', ['record', ...quick, '-o', join(folder, 'perf.data'), 'true']);
  rmSync(folder, { recursive: true });
  if (error !== undefined) return 'perf is not installed';
  return status === 0 ? undefined : 'perf is not permitted to record';
}
