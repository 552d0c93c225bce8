import { type Effects, type Fate, placeAt, type Ran, type Sent } from './effects.ts';
import type { ExecEvent, RecordedCase } from './recorded-case.ts';
import { splitShell } from './shell-split.ts';

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
