import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { perfRecord } from '../../profile/perf-commands.ts';
import { explainPerfFailure } from '../../profile/perf-failure.ts';
import type { Check, Finding, Fix } from '../check.ts';
import type { Host } from '../host.ts';
import { perfPackages } from '../packages.ts';

/** Is there a perf, is it one for this kernel, can it do what we ask of it, and does it record? */
export const perfChecks: readonly Check[] = [
  { id: 'perf', title: 'perf', needs: ['profile'], helps: [], run: perf },
  { id: 'perf-options', title: 'perf build options', needs: [], helps: ['profile'], run: buildOptions },
  { id: 'perf-record', title: 'Recording', needs: ['profile'], helps: [], run: recording },
];

async function install(host: Host): Promise<Fix> {
  return { kind: 'packages', names: await perfPackages(host) };
}

async function perf(host: Host): Promise<Finding> {
  const wanted = 'perf of this kernel';
  const path = await host.which('perf');
  if (path === undefined)
    return { state: 'missing', found: 'not installed', wanted, fix: await install(host) };
  const { exitCode, text } = await host.program([path, '--version']);
  const version = /perf version (\S+)/.exec(text)?.[1];
  if (exitCode === 0 && version !== undefined) return { state: 'ok', found: `${version} (${path})` };
  const why = explainPerfFailure(text)?.why ?? `it ended with exit code ${exitCode ?? '?'}`;
  return { state: 'broken', found: `${path}: ${why}`, wanted, fix: await install(host) };
}

/** Options without which something of ours is worse: each with the names it has had over the years. */
const OPTIONS: readonly { readonly names: readonly string[]; readonly for: string }[] = [
  { names: ['libelf'], for: 'symbols of libraries' },
  { names: ['dwarf-unwind-support', 'libdw-dwarf-unwind', 'libunwind', 'libdw'], for: '--call-graph dwarf' },
];

async function buildOptions(host: Host): Promise<Finding> {
  const path = await host.which('perf');
  const { exitCode, text } =
    path === undefined ? {} : await host.program([path, 'version', '--build-options']);
  if (exitCode !== 0 || text === undefined) return { state: 'ok', found: 'no perf to ask' };
  const on = new Set([...text.matchAll(/^\s*([\w-]+): \[ on\s*\]/gm)].flatMap(([, name]) => name ?? []));
  if (on.size === 0) return { state: 'ok', found: 'this perf does not say' };
  const lacking = OPTIONS.filter(({ names }) => !names.some((name) => on.has(name)));
  const displayName = ['libelf', 'libunwind', 'libdw-dwarf-unwind', 'zstd'].filter((name) => on.has(name));
  if (lacking.length === 0) return { state: 'ok', found: displayName.join(', ') };
  return {
    state: 'warn',
    found: `built without what is needed for ${lacking.map((option) => option.for).join(' and ')}`,
    wanted: lacking.map(({ names }) => names.join(' or ')).join(', '),
    fix: await install(host),
  };
}

/** Works for a tenth of a second under perf, with the flags of `tasks flame`, and counts the samples. */
async function recording(host: Host): Promise<Finding> {
  const wanted = 'samples from a recording of 0.1 s';
  if ((await host.which('perf')) === undefined)
    return { state: 'missing', found: 'no perf to record with', wanted };
  const folder = await mkdtemp(join(host.temporary, 'faasm-tasks-probe-'));
  try {
    const output = join(folder, 'perf.data');
    const busy = 'const end = Date.now() + 100; while (Date.now() < end);';
    const argv = perfRecord({
      frequency: 999,
      callGraph: 'fp',
      output,
      cache: join(folder, 'cache'),
      program: [process.execPath, '-e', busy],
    });
    const { exitCode, text, timedOut } = await host.program(argv, 10);
    // These flags keep perf from counting the samples itself.
    const listed =
      exitCode === 0 ? await host.program(['perf', 'script', '-F', 'ip', '-i', output], 10) : undefined;
    const samples = listed?.text.split('\n').filter((line) => /^\s+[0-9a-f]+\s*$/.test(line)).length ?? 0;
    if (samples > 0) return { state: 'ok', found: 'a recording of 0.1 s has samples' };
    const why = explainPerfFailure(text);
    const said = text.trim().split('\n').at(-1) ?? '';
    const found = timedOut
      ? 'perf record did not end'
      : (why?.why ?? (exitCode === 0 ? 'it recorded no samples' : `perf record failed: ${said}`));
    return why === undefined
      ? { state: 'broken', found, wanted }
      : { state: 'broken', found, wanted, fix: { kind: 'advice', text: why.fix } };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
