import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Claim } from './claim.ts';
import { dwarfClaim } from './recording-dwarf.ts';
import { flameClaim } from './recording-flame.ts';
import { foldClaim } from './recording-fold.ts';
import { memoryClaim } from './recording-memory.ts';

const tasks = fileURLToPath(new URL('../dist/tasks.js', import.meta.url));

/** From recordings that are made here to folded stacks and pictures, as whole processes, against what they replace. */
export async function run(): Promise<Claim[]> {
  const folder = mkdtempSync(join(tmpdir(), 'recording-'));
  // Tables of binaries that were seen before are in the cache, as on any day but the first.
  process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
  mkdirSync(join(folder, 'cache'));
  try {
    return [
      foldClaim(folder, tasks, { minSamples: 60_000, rounds: 1, atLeast: 12, wanted: 25 }),
      foldClaim(folder, tasks, { minSamples: 1000, rounds: 5, atLeast: 3, wanted: 6 }),
      flameClaim(folder, tasks),
      dwarfClaim(folder, tasks),
      await memoryClaim(folder, tasks),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
