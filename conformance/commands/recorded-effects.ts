import { posix } from 'node:path';
import type { ExecEvent, RecordedCase } from './recorded-case.ts';
import { splitShell } from './shell-split.ts';

// What a command line did to its surroundings, in a form that `inv`'s recorded events and our own runs share. Places are
// written as the records write them: ${PROJ_ROOT}, ${HOME}, /tmp/….

/** A path from a folder; a place begins with its own name. */
export function placeAt(folder: string, path: string): string {
  return path.startsWith('/') || path.startsWith('${') ? path : posix.join(folder, path);
}

/** A child that was started. */
export interface Ran {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** What its environment has beyond the one the program was started in; undefined for what it lacks. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** It has nothing but that. */
  readonly isEnvReplaced?: boolean;
}

/** A request that was sent. */
export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly json: unknown;
  /** The header that names a shared file. */
  readonly filePath: string | undefined;
  /** A body that is no JSON. */
  readonly body: string | undefined;
}

/** What became of a path: its content, `there` where only its being there counts (or a folder), or `deleted`. */
export type Fate = { readonly content: string } | 'there' | 'deleted';

export interface Effects {
  readonly success: boolean;
  readonly commands: readonly Ran[];
  readonly requests: readonly Sent[];
  readonly files: ReadonlyMap<string, Fate>;
  /** Instead of all of the above: the same as another line does. */
  readonly like?: Like;
}

/** Another line, in the checkout of one of the two trees, and what ours does otherwise. */
export interface Like {
  readonly argv: readonly string[];
  readonly tree: 'new' | 'old';
  readonly edit?: (effects: Effects) => Effects;
}

/** Nothing was run, sent or written. */
export function nothing(success: boolean): Effects {
  return { success, commands: [], requests: [], files: new Map() };
}

/** The same effects with other files: `undefined` takes one out. */
export function withFiles(effects: Effects, changes: Readonly<Record<string, Fate | undefined>>): Effects {
  const files = new Map(effects.files);
  for (const [path, fate] of Object.entries(changes)) {
    if (fate === undefined) files.delete(path);
    else files.set(path, fate);
  }
  return { ...effects, files };
}

/**
 * The recorded events of a case as effects. `whole` are words that a shell would have cut or changed, and that are to be
 * taken as they are.
 */
export function recordedEffects(given: RecordedCase, whole: readonly string[] = []): Effects {
  const commands: Ran[] = [];
  const requests: Sent[] = [];
  const tree = new RecordedTree(given);
  for (const event of given.expect.events) {
    switch (event.t) {
      case 'exec': {
        if (event.error !== undefined) break;
        const { ran, output } = ranOf(event, whole, given);
        commands.push(ran);
        for (const file of event.rc === undefined || event.rc === 0 ? [output, ...writtenBy(ran)] : [])
          if (file !== undefined) tree.set(placeAt(event.cwd, file), 'there');
        break;
      }
      case 'http':
        requests.push({
          method: event.method,
          url: plainUrl(event.url),
          json: event.json,
          filePath: event.headers?.['FilePath'],
          body: undefined,
        });
        break;
      case 'mkdirs':
        tree.set(event.path, 'there');
        break;
      case 'write':
        tree.write(event.path, event.mode, event.content);
        break;
      case 'write_dot':
        tree.set(event.path, 'there');
        break;
      case 'copy':
        tree.set(event.dst, { content: tree.read(event.src) });
        break;
      case 'remove':
      case 'rmtree':
        tree.remove(event.path);
        break;
      case 'sleep':
      case 'github':
      case 'docker_api':
        break;
    }
  }
  return { success: given.expect.exit === 0, commands, requests, files: tree.changes() };
}

function ranOf(
  event: ExecEvent,
  whole: readonly string[],
  { setup }: RecordedCase,
): { ran: Ran; output: string | undefined } {
  const { argv, output } =
    event.command === undefined
      ? { argv: event.argv ?? [], output: undefined }
      : splitShell(event.command, whole);
  // What it would have inherited with the same value is nothing added.
  const added = Object.entries(event.env.vars ?? {}).filter(([name, value]) => setup.env[name] !== value);
  const ran = { argv, cwd: event.cwd, env: Object.fromEntries(added) };
  return { ran: event.env.mode === 'replace' ? { ...ran, isEnvReplaced: true } : ran, output };
}

/** Programs that write what `-o` names. */
const WRITERS = /^(wasm2wat|wasm-decompile|llvm-profdata(-\d+)?)$/;

/** What a child that ended well has written, had it been real. */
function writtenBy({ argv }: Ran): (string | undefined)[] {
  if (!WRITERS.test(argv[0] ?? '')) return [];
  return argv.flatMap((word, index) => (word === '-o' ? [argv[index + 1]] : []));
}

/** URLs in one spelling: no default port, one name for this machine. */
export function plainUrl(url: string): string {
  const parsed = new URL(url);
  if (parsed.hostname === 'localhost') parsed.hostname = '127.0.0.1';
  return parsed.href;
}

/** What the recorded events made of the scratch tree's files. */
class RecordedTree {
  readonly #before: ReadonlyMap<string, string>;
  readonly #cwd: string;
  readonly #changes = new Map<string, Fate>();

  constructor({ setup, cwd }: RecordedCase) {
    this.#before = new Map(Object.entries(setup.files));
    this.#cwd = cwd;
  }

  set(path: string, fate: Fate): void {
    this.#changes.set(placeAt(this.#cwd, path), fate);
  }

  read(path: string): string {
    const full = placeAt(this.#cwd, path);
    const changed = this.#changes.get(full);
    return typeof changed === 'object' ? changed.content : (this.#before.get(full) ?? '');
  }

  write(path: string, mode: string, content: string): void {
    // The recorder writes down an opened copy's target as an empty write.
    const full = placeAt(this.#cwd, path);
    if (mode === 'wb' && content === '' && this.#changes.has(full)) return;
    this.set(path, { content: mode.startsWith('a') ? this.read(path) + content : content });
  }

  remove(path: string): void {
    const full = placeAt(this.#cwd, path);
    const inside = (name: string): boolean => name === full || name.startsWith(`${full}/`);
    for (const name of this.#changes.keys()) if (inside(name)) this.#changes.delete(name);
    for (const name of this.#before.keys()) if (inside(name)) this.#changes.set(name, 'deleted');
  }

  changes(): ReadonlyMap<string, Fate> {
    const fates = [...this.#changes].filter(
      ([path, fate]) => !(typeof fate === 'object' && this.#before.get(path) === fate.content),
    );
    return new Map(fates);
  }
}
