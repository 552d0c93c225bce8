import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './planner-place.ts';

const pmcdProgram = '/usr/lib/pcp/bin/pmcd';
const pmproxyProgram = '/usr/lib/pcp/bin/pmproxy';
const agents = '/var/lib/pcp/pmdas';
/** A busy machine may need them; a process that ended is noticed at once. */
const startMs = 300_000;

/** What is missing for tests with real pmcd and pmproxy; undefined when nothing is. */
export const noPcp: string | undefined = [
  pmcdProgram,
  pmproxyProgram,
  `${agents}/linux/pmdalinux`,
  '/var/lib/pcp/pmns/root',
].find((path) => !existsSync(path));

/** A pmcd and a pmproxy of the test's own: own ports, own folder, nothing of the machine's set-up is touched. */
export interface PcpPlace {
  readonly pmcdPort: number;
  readonly pmproxyPort: number;
  /** `127.0.0.1:PORT` of pmproxy, for `--host`. */
  readonly host: string;
  readonly folder: string;
  startPmcd(): Promise<void>;
  startPmproxy(): Promise<void>;
  stopPmcd(): Promise<void>;
  stopPmproxy(): Promise<void>;
  /** Ends both and removes the folder. */
  close(): Promise<void>;
}

/** Starts both and waits until they take connections. pmproxy's default host is this pmcd. */
export async function pcpPlace(): Promise<PcpPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'tasks-pcp-'));
  const [pmcdPort, pmproxyPort] = [await freePort(), await freePort()];
  const file = (name: string): string => join(folder, name);
  for (const name of ['run', 'log', 'tmp']) await mkdir(file(name));
  await writeFile(file('pmcd.conf'), pmcdConfig);
  await writeFile(file('pmproxy.conf'), pmproxyConfig);
  const env = {
    ...process.env,
    PCP_RUN_DIR: file('run'),
    PCP_LOG_DIR: file('log'),
    PCP_TMP_DIR: file('tmp'),
    PMCD_PORT: String(pmcdPort),
  };
  const running = new Map<string, ChildProcess>();
  // A test that is ended by force leaves no servers either.
  const endAll = (): void => {
    for (const child of running.values()) child.kill('SIGTERM');
  };
  const endByForce = (): void => process.exit(1);
  process.once('exit', endAll);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, endByForce);
  const start = async (name: string, program: string, port: number): Promise<void> => {
    const own = ['-c', file(`${name}.conf`), '-l', file(`log/${name}.log`), '-x', file(`log/${name}.fatal`)];
    const where = ['-p', String(port), '-i', '127.0.0.1', '-s', file(`run/${name}.socket`)];
    const user = process.getuid?.() === 0 ? ['-U', 'root'] : [];
    const child = spawn(program, ['-f', '-A', ...where, ...own, ...user], {
      env,
      cwd: folder,
      stdio: 'ignore',
    });
    running.set(name, child);
    const end = performance.now() + startMs;
    while (!(await takesConnections(port))) {
      if (performance.now() > end || child.exitCode !== null)
        throw new Error(
          `${name} does not start:\n${await readFile(file(`log/${name}.log`), 'utf8').catch(String)}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  };
  const stop = async (name: string): Promise<void> => {
    const child = running.get(name);
    running.delete(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      const late = setTimeout(() => child.kill('SIGKILL'), 60_000);
      child.once('exit', () => {
        clearTimeout(late);
        resolve();
      });
      child.kill('SIGTERM');
    });
  };
  const place: PcpPlace = {
    pmcdPort,
    pmproxyPort,
    host: `127.0.0.1:${pmproxyPort}`,
    folder,
    startPmcd: async () => await start('pmcd', pmcdProgram, pmcdPort),
    startPmproxy: async () => await start('pmproxy', pmproxyProgram, pmproxyPort),
    stopPmcd: async () => await stop('pmcd'),
    stopPmproxy: async () => await stop('pmproxy'),
    close: async () => {
      await stop('pmproxy');
      await stop('pmcd');
      process.off('exit', endAll);
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, endByForce);
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await place.startPmcd();
    await place.startPmproxy();
    return place;
  } catch (error) {
    await place.close();
    throw error;
  }
}

async function takesConnections(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

const pmcdConfig = `root 1 pipe binary ${agents}/root/pmdaroot
pmcd 2 dso pmcd_init ${agents}/pmcd/pmda_pmcd.so
proc 3 pipe binary ${agents}/proc/pmdaproc -d 3
linux 60 pipe binary ${agents}/linux/pmdalinux
[access]
disallow ".*" : store;
allow "local:*" : all;
`;

/** No Redis, and nothing that would look for one. */
const pmproxyConfig = `[pmproxy]
pcp.enabled = true
http.enabled = true
redis.enabled = false
secure.enabled = false
[redis]
enabled = false
[discover]
enabled = false
[pmseries]
enabled = false
[pmsearch]
enabled = false
`;
