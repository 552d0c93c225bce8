import { chmod, link, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { RecordedCase } from './recorded-case.ts';
import type { Fate } from './recorded-effects.ts';

/** Absolute folders that the records name as such; in a scratch tree they lie below `fs/`. */
const ABSOLUTE =
  /(^|[\s=:'"<>])(\/(?:tmp|usr\/local|usr\/bin|build|proc\/sys|etc\/resolv\.conf)(?=\/|$|[\s:'"]))/g;

const PLACES: Readonly<Record<string, string>> = {
  PROJ_ROOT: 'code/faasm',
  HOME: 'home',
  BIN: 'bin',
  SCRATCH: 'scratch',
  FAASM_BUILD_DIR: 'faasm-build',
  FAASM_INSTALL_DIR: 'faasm-install',
  FAASM_LOCAL_DIR: 'faasm-local',
};

/** The LLVM that each tree builds with. */
export const LLVM = { new: 17, old: 13 } as const;

/** Where the fake programs write down how they were called. */
const OWN = ['log'];

/** A folder that stands for a whole machine: every place that a record names lies in it. */
export class Scratch {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /** A tree as the records describe it: a checkout, empty places, and the case's own files. */
  static async make(given: RecordedCase): Promise<Scratch> {
    const scratch = new Scratch(await realpath(await mkdtemp(join(tmpdir(), 'tasks-conformance-'))));
    for (const name of [...OWN, 'home', 'bin', 'faasm-local', 'fs/tmp', 'fs/usr/local'])
      await mkdir(join(scratch.root, name), { recursive: true });
    await scratch.#fillCheckout(given);
    for (const folder of given.setup.dirs) await mkdir(scratch.fill(folder), { recursive: true });
    for (const [name, text] of Object.entries(given.setup.files)) await scratch.write(name, text);
    return scratch;
  }

  async #fillCheckout({ tree }: RecordedCase): Promise<void> {
    const at = (name: string): string => join('${PROJ_ROOT}', name);
    await this.write(at('VERSION'), tree === 'new' ? '0.29.0\n' : '0.12.0\n');
    await this.write(at('.env'), '');
    if (tree === 'old') await this.write(at('faasmcli/faasmcli/tasks/dev.py'), `clang++-${LLVM[tree]}\n`);
    // Today's option, without which `--perf` would have to look at a real build.
    await this.write(at('CMakeLists.txt'), 'project(faasm)\noption(FAASM_PERF_PROFILING "perf" OFF)\n');
    for (const folder of ['tasks', 'deploy', '.github', 'docs', ...(tree === 'old' ? ['faasmcli'] : [])])
      await mkdir(this.fill(at(folder)), { recursive: true });
    for (const name of [
      'wasm/test_a.cpp',
      'wasm/test_b.cpp',
      'wasm/test_c.x.cpp',
      'wasm/CMakeLists.txt',
      'threads/test_t.cpp',
    ])
      await this.write(at(`tests/test/${name}`), '');
  }

  /** A place of the records on this disk; also within longer texts. */
  fill(text: string): string {
    return text
      .replace(ABSOLUTE, (_whole, before: string, path: string) => `${before}${join(this.root, 'fs')}${path}`)
      .replace(/\$\{(\w+)\}/g, (whole, name: string) => {
        const place = PLACES[name];
        return place === undefined ? whole : join(this.root, place);
      });
  }

  /** The reverse of {@link fill}: as the records write it. Folders of a run's own are `${RUN}`. */
  unfill(text: string): string {
    // The rest of such a name is made up for each run.
    const run = join(this.root, 'fs', 'tmp', 'faasm-tasks-');
    const [before = '', ...parts] = text.split(run);
    let plain = [before, ...parts.map((part) => part.replace(/^\w+/, ''))].join('${RUN}');
    for (const [name, place] of Object.entries(PLACES))
      plain = plain.replaceAll(join(this.root, place), () => `\${${name}}`);
    return plain.replaceAll(join(this.root, 'fs'), '').replaceAll(this.root, '${ROOT}');
  }

  /** Writes a file that a record names, with its folders. */
  async write(name: string, content: string | Uint8Array): Promise<void> {
    const path = this.fill(name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }

  /** Puts one program's file at a place, under that place's name. */
  async install(program: string, name: string): Promise<void> {
    const path = this.fill(name);
    await mkdir(dirname(path), { recursive: true });
    await rm(path, { force: true });
    await link(program, path);
    await chmod(path, 0o755);
  }

  /** Every path but those of the run's own, as the records write them: a file's content, undefined for a folder. */
  async snapshot(): Promise<Map<string, string | undefined>> {
    const found = new Map<string, string | undefined>();
    const entries = await readdir(this.root, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name);
      const top = path.slice(this.root.length + 1).split('/')[0] ?? '';
      if (OWN.includes(top) || basename(path) === 'fake-program' || path.includes('/faasm-tasks-locks-'))
        continue;
      const content = entry.isFile() ? this.unfill(await readFile(path, 'utf8')) : undefined;
      found.set(this.unfill(path), content);
    }
    return found;
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** What changed between two snapshots. A new folder counts only where nothing in it is new. */
export function changesBetween(
  before: ReadonlyMap<string, string | undefined>,
  after: ReadonlyMap<string, string | undefined>,
): Map<string, Fate> {
  const changes = new Map<string, Fate>();
  for (const [path, content] of after) {
    if (content === undefined ? before.has(path) : before.get(path) === content) continue;
    changes.set(path, content === undefined ? 'there' : { content });
  }
  for (const [path, content] of before) {
    if (content !== undefined && !after.has(path)) changes.set(path, 'deleted');
  }
  return withoutParents(changes);
}

/** Folders are made for what is in them. */
export function withoutParents(changes: ReadonlyMap<string, Fate>): Map<string, Fate> {
  const paths = [...changes].filter(([, fate]) => fate !== 'deleted').map(([path]) => path);
  return new Map([...changes].filter(([path]) => !paths.some((other) => other.startsWith(`${path}/`))));
}
