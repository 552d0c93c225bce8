import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { perfPackages, readOsRelease } from '../../machine/by-hand.ts';
import { readRoleDefaults } from '../../machine/playbooks.ts';
import { perfRecord } from '../../profile/perf-commands.ts';
import { explainPerfFailure } from '../../profile/perf-failure.ts';
import type { Finding, Fix, Host } from '../check.ts';

/** The packages of the playbook that bring perf; procps is only for its sysctl. */
async function install(host: Host): Promise<Fix> {
  const distribution = readOsRelease((await host.text(host.system('/etc/os-release'))) ?? '');
  const packages = perfPackages(await readRoleDefaults.perf(), distribution);
  return { kind: 'packages', names: packages.filter((name) => name !== 'procps') };
}

export async function perf(host: Host): Promise<Finding> {
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

export async function buildOptions(host: Host): Promise<Finding> {
  const path = await host.which('perf');
  const { exitCode, text } =
    path === undefined ? {} : await host.program([path, 'version', '--build-options']);
  if (exitCode !== 0 || text === undefined) return { state: 'unknown', found: 'no perf to ask' };
  const on = new Set([...text.matchAll(/^\s*([\w-]+): \[ on\s*\]/gm)].flatMap(([, name]) => name ?? []));
  if (on.size === 0) return { state: 'unknown', found: 'this perf does not say' };
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
export async function recording(host: Host): Promise<Finding> {
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
      workload: ['--', process.execPath, '-e', busy],
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

/** Bits of CapEff in /proc/self/status; linux/capability.h. */
const CAPABILITY = { IPC_LOCK: 14, SYS_ADMIN: 21, SYSLOG: 34, PERFMON: 38 } as const;

export async function paranoid(host: Host): Promise<Finding> {
  const level = await setting(host, 'kernel.perf_event_paranoid');
  if (level === undefined) return noPerfEvents();
  const privilege = await firstCapability(host, ['PERFMON', 'SYS_ADMIN']);
  if (privilege !== undefined) return { state: 'ok', found: `${level}, and this process has ${privilege}` };
  if (level <= 1) return { state: 'ok', found: String(level) };
  return {
    state: level === 2 ? 'warn' : 'broken',
    found: `${level}: ${level === 2 ? 'recordings have no kernel frames' : 'only root may record'}`,
    wanted: '1 or less (-1 for off-CPU profiles), or CAP_PERFMON',
    fix: await change(host, 'kernel.perf_event_paranoid', -1),
  };
}

export async function kptr(host: Host): Promise<Finding> {
  const level = await setting(host, 'kernel.kptr_restrict');
  if (level === undefined) return { state: 'ok', found: 'the kernel has no such setting' };
  if (level === 0) return { state: 'ok', found: '0' };
  const privilege = level === 1 ? await firstCapability(host, ['SYSLOG']) : undefined;
  if (privilege !== undefined) return { state: 'ok', found: `${level}, and this process has ${privilege}` };
  return {
    state: 'warn',
    found: `${level}: kernel frames have no names`,
    wanted: '0',
    fix: await change(host, 'kernel.kptr_restrict', 0),
  };
}

/** perf's own buffers: 128 pages and one for each CPU. */
const MLOCK_WANTED_KB = 516;

export async function mlock(host: Host): Promise<Finding> {
  const kilobytes = await setting(host, 'kernel.perf_event_mlock_kb');
  if (kilobytes === undefined) return noPerfEvents();
  if (kilobytes >= MLOCK_WANTED_KB) return { state: 'ok', found: `${kilobytes} KiB` };
  const privilege = await firstCapability(host, ['IPC_LOCK']);
  if (privilege !== undefined)
    return { state: 'ok', found: `${kilobytes} KiB, and this process has ${privilege}` };
  return {
    state: 'warn',
    found: `${kilobytes} KiB: busy recordings lose samples`,
    wanted: `${MLOCK_WANTED_KB} KiB or more`,
    fix: await change(host, 'kernel.perf_event_mlock_kb', 4096),
  };
}

export async function tracefs(host: Host): Promise<Finding> {
  const places = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'].map((path) => host.system(path));
  for (const place of places) {
    const names = await host.list(`${place}/events`);
    if (names !== undefined && names.length > 0) return { state: 'ok', found: place };
  }
  const isMounted = /\s(tracefs|debugfs)\s/.test((await host.text(host.system('/proc/mounts'))) ?? '');
  return {
    state: 'missing',
    found: isMounted ? 'mounted, but not readable for this user' : 'not mounted',
    wanted: 'readable, for off-CPU profiles (perf.off-cpu)',
    fix: isMounted
      ? { kind: 'command', argv: ['mount', '-o', 'remount,mode=755', '/sys/kernel/tracing'], asRoot: true }
      : { kind: 'command', argv: ['mount', '-t', 'tracefs', 'nodev', '/sys/kernel/tracing'], asRoot: true },
  };
}

export async function container(host: Host): Promise<Finding> {
  const kind = await containerKind(host);
  const mode = Number(/^Seccomp:\s*(\d)/m.exec(await status(host))?.[1] ?? 0);
  if (kind === undefined) return { state: 'ok', found: 'none' };
  const privilege = await firstCapability(host, ['PERFMON', 'SYS_ADMIN']);
  const found = `${kind}, seccomp ${mode === 2 ? 'filters calls' : 'off'}${privilege === undefined ? '' : `, ${privilege}`}`;
  if (mode !== 2 || privilege !== undefined) return { state: 'ok', found };
  return {
    state: 'warn',
    found,
    wanted: 'perf_event_open allowed',
    fix: {
      kind: 'advice',
      text: 'docker run --cap-add PERFMON --security-opt seccomp=unconfined …',
    },
  };
}

async function containerKind(host: Host): Promise<string | undefined> {
  if ((await host.facts(host.system('/.dockerenv'))) !== undefined) return 'Docker';
  if ((await host.facts(host.system('/run/.containerenv'))) !== undefined) return 'Podman';
  const groups = (await host.text(host.system('/proc/1/cgroup'))) ?? '';
  return /kubepods/.test(groups) ? 'Kubernetes' : /\b(docker|lxc|containerd)\b/.exec(groups)?.[1];
}

function noPerfEvents(): Finding {
  return {
    state: 'broken',
    found: 'this kernel has no perf events (gVisor, WSL 1 or a kernel built without them)',
    wanted: 'a kernel with CONFIG_PERF_EVENTS',
    fix: { kind: 'advice', text: "Without them V8's own profiler still works: tasks flame … --sampler=v8" },
  };
}

function pathOf(host: Host, key: string): string {
  return host.system(`/proc/sys/${key.replaceAll('.', '/')}`);
}

async function setting(host: Host, key: string): Promise<number | undefined> {
  const text = await host.text(pathOf(host, key));
  return text === undefined ? undefined : Number(text.trim());
}

/** In a container the values are the host's: /proc/sys is read-only, even for root. */
async function change(host: Host, key: string, value: number): Promise<Fix> {
  const cannot = host.isRoot && !(await host.isWritable(pathOf(host, key)));
  return cannot
    ? { kind: 'advice', text: `On the host of this container: sudo sysctl -w ${key}=${value}` }
    : { kind: 'kernel-setting', key, value };
}

async function firstCapability(
  host: Host,
  names: readonly (keyof typeof CAPABILITY)[],
): Promise<string | undefined> {
  const mask = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(await status(host))?.[1] ?? '0'}`);
  const has = names.find((name) => ((mask >> BigInt(CAPABILITY[name])) & 1n) === 1n);
  return has === undefined ? undefined : `CAP_${has}`;
}

async function status(host: Host): Promise<string> {
  return (await host.text(host.system('/proc/self/status'))) ?? '';
}
