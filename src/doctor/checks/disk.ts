import { join } from 'node:path';
import type { Check, Finding } from '../check.ts';
import type { Host } from '../host.ts';
import { nearestFolder, sizeText } from '../words.ts';

const GIB = 2 ** 30;

/** Room for what is made, and the folder where JITs leave their code for perf. */
export const diskChecks: readonly Check[] = [
  {
    id: 'disk-recordings',
    title: 'Disk for recordings',
    needs: ['profile'],
    helps: [],
    run: async (host) => await room(host, host.temporary, GIB / 2),
  },
  {
    id: 'disk-build',
    title: 'Disk for a build',
    needs: ['build'],
    helps: [],
    run: async (host) => await room(host, host.settings.value('buildDir'), 10 * GIB),
  },
  { id: 'jitdump', title: 'jitdump folder', needs: [], helps: ['profile'], run: jitdump },
];

async function room(host: Host, path: string, wantedBytes: number): Promise<Finding> {
  const free = await host.freeBytes(await nearestFolder(host, path));
  const found = `${sizeText(free)} free at ${path}`;
  return free >= wantedBytes
    ? { state: 'ok', found }
    : {
        state: 'broken',
        found,
        wanted: `${sizeText(wantedBytes)} free`,
        fix: { kind: 'command', argv: ['du', '-xh', '--max-depth=2', await nearestFolder(host, path)] },
      };
}

const MUCH_BYTES = 5 * GIB;

/**
 * Where LLVM's perf listener writes (`$JITDUMPDIR`, else upstream's home, Debian's TMPDIR), and what years of `perf
 * inject` may have left in ~/.debug.
 */
async function jitdump(host: Host): Promise<Finding> {
  const own = host.env['JITDUMPDIR'];
  const bases = own === undefined || own === '' ? [host.home, host.temporary] : [own];
  for (const base of bases) {
    const folder = await nearestFolder(host, join(base, '.debug', 'jit'));
    if (await host.isWritable(folder)) continue;
    return {
      state: 'broken',
      found: `${folder} cannot be written`,
      wanted: 'a folder for jit-PID.dump files',
      fix: { kind: 'advice', text: 'export JITDUMPDIR=$(mktemp -d)' },
    };
  }
  const caches = [...new Set([host.home, ...bases])].map((base) => join(base, '.debug'));
  const sizes = await Promise.all(caches.map(async (folder) => await sizeOf(host, folder)));
  const known = sizes.flatMap((size) => size ?? []);
  const bytes = known.reduce((sum, size) => sum + size, 0);
  const uncounted = known.length < sizes.length ? ', not all counted' : '';
  const found = `${bases.join(' and ')} writable; ${sizeText(bytes)} in .debug${uncounted}`;
  return bytes < MUCH_BYTES
    ? { state: 'ok', found }
    : {
        state: 'warn',
        found,
        wanted: `less than ${sizeText(MUCH_BYTES)}`,
        fix: { kind: 'command', argv: ['perf', 'buildid-cache', '--purge-all'] },
      };
}

/** What a folder takes on disk; undefined when counting takes longer than anybody waits. */
async function sizeOf(host: Host, folder: string): Promise<number | undefined> {
  if ((await host.facts(folder)) === undefined) return 0;
  const { text, timedOut } = await host.program(['du', '-sk', folder]);
  return timedOut ? undefined : Number(/^(\d+)\s/m.exec(text)?.[1] ?? 0) * 1024;
}
