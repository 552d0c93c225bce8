import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { listFunctions } from '../../faasm/functions.ts';
import { type Finding, type Host, nearestFolder, sizeText } from '../check.ts';

/** The Node that runs us, and every embedded program. */
export async function node(): Promise<Finding> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isEnough = major > 20 || (major === 20 && minor >= 19);
  const found = `${process.versions.node} (${process.execPath})`;
  return isEnough
    ? { state: 'ok', found }
    : {
        state: 'broken',
        found,
        wanted: '20.19 or newer',
        fix: { kind: 'advice', text: 'Install a newer one: https://nodejs.org/en/download' },
      };
}

const GIB = 2 ** 30;

export async function room(host: Host, path: string, wantedBytes: number): Promise<Finding> {
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
export async function jitdump(host: Host): Promise<Finding> {
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

const SHOWN = 3;

export async function functions(host: Host): Promise<Finding> {
  const folder = host.settings.value('localDir');
  const all = await listFunctions({ ...host.env, FAASM_LOCAL_DIR: folder });
  const local = all.filter(({ origin }) => origin === 'local');
  const bad: string[] = [];
  for (const { wasmPath } of local) if (!(await isWasm(wasmPath))) bad.push(wasmPath);
  if (bad.length > 0) {
    const more = bad.length > SHOWN ? ` and ${bad.length - SHOWN} more` : '';
    return {
      state: local.length === bad.length ? 'broken' : 'warn',
      found: `not WebAssembly: ${bad.slice(0, SHOWN).join(', ')}${more}`,
      wanted: 'function.wasm that begins with \\0asm',
      fix: { kind: 'command', argv: ['head', '-c', '64', ...bad.slice(0, 1)] },
    };
  }
  const demos = all.length - local.length;
  return { state: 'ok', found: `${local.length} in ${folder}/wasm, ${demos} demos of the package` };
}

async function isWasm(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.equals(Buffer.from([0, 0x61, 0x73, 0x6d]));
  } finally {
    await file.close();
  }
}

/** Asking Ansible for its version takes half a second: it is enough to know that it is there. */
export async function ansible(host: Host): Promise<Finding> {
  const path = await host.which('ansible-playbook');
  return path === undefined
    ? {
        state: 'missing',
        found: 'not installed',
        wanted: 'ansible-playbook, for setup.perf and its like',
        fix: { kind: 'packages', names: ['ansible-core'] },
      }
    : { state: 'ok', found: path };
}

/** Where shells look for the completion of a program called tasks. */
export async function completion(host: Host): Promise<Finding> {
  const data = host.env['XDG_DATA_HOME'] || join(host.home, '.local', 'share');
  const config = host.env['XDG_CONFIG_HOME'] || join(host.home, '.config');
  const places = [
    join(data, 'bash-completion/completions/tasks'),
    host.system('/usr/share/bash-completion/completions/tasks'),
    host.system('/etc/bash_completion.d/tasks'),
    join(host.home, '.zfunc/_tasks'),
    join(data, 'zsh/site-functions/_tasks'),
    host.system('/usr/local/share/zsh/site-functions/_tasks'),
    host.system('/usr/share/zsh/vendor-completions/_tasks'),
    join(config, 'fish/completions/tasks.fish'),
    host.system('/usr/share/fish/vendor_completions.d/tasks.fish'),
  ];
  for (const place of places) {
    if ((await host.facts(place))?.kind === 'file') return { state: 'ok', found: place };
  }
  return {
    state: 'missing',
    found: 'not installed',
    wanted: 'names of tasks, flags and choices on Tab',
    fix: { kind: 'command', argv: ['tasks', 'setup.completion', 'bash'] },
  };
}
