import { join } from 'node:path';
import { timed } from './child.ts';
import type { Memory } from './claim.ts';
import { multiplied } from './multiplied.ts';
import { recordBusy } from './recording-fold.ts';

const wantedSamples = 1_000_000;

/** The peak of `tasks flame.fold` on a million samples: those of a real recording, again and again at later times. */
export async function memoryClaim(folder: string, tasks: string): Promise<Memory> {
  const samples = recordBusy(folder, tasks, 10_000);
  const copies = Math.ceil(wantedSamples / samples);
  multiplied(join(folder, 'perf.data'), join(folder, 'million.data'), copies);
  // Linux keeps the peak of a process; the process itself tells it at its end.
  const tell =
    "data:text/javascript,process.on('exit',()=>process._rawDebug(process.resourceUsage().maxRSS))";
  const { errors } = timed(folder, [process.execPath, '--import', tell, tasks, 'flame.fold', 'million.data']);
  return {
    name: `memory at ${samples * copies} samples`,
    bytes: Number(errors.trim().split('\n').at(-1)) * 1024,
    atMostBytes: 300e6,
    wantedBytes: 150e6,
  };
}
