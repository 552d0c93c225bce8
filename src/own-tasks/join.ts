import { dirname } from 'node:path';
import { ownConfig } from '../faasm/settings-places.ts';
import type { Config, Namespace, NamespaceLoader } from '../runner/define.ts';
import { merged } from '../runner/run-settings.ts';
import { TaskError } from '../util/errors.ts';
import { displayPath } from '../util/home.ts';
import type { OwnPlace } from './find.ts';
import { loadModule } from './load.ts';
import { ModuleTree } from './module-tree.ts';
import type { OwnSearch } from './own-tree.ts';

type Entry = NonNullable<Namespace['namespaces']>[string];

/** The tree with what a place holds in it; its names win. What cannot be loaded is warned of, or fails where the line names it. */
export async function joinOwnTasks(
  builtIn: Namespace,
  place: OwnPlace,
  search: OwnSearch,
): Promise<Namespace> {
  const project = await ownConfig(dirname(place.path));
  return joined(builtIn, await ownRoot(place, builtIn, search), project, place, search);
}

async function ownRoot(place: OwnPlace, builtIn: Namespace, search: OwnSearch): Promise<Namespace> {
  if (place.kind === 'module') {
    try {
      return await moduleRoot(place.path, search);
    } catch (error) {
      return afterFailure(error, builtIn, search);
    }
  }
  const entries = Object.entries(place.modules).map(async ([name, path]): Promise<[string, Entry]> => {
    const load = async () => ({ default: await moduleRoot(path, search) });
    const taken = Object.entries(builtIn.namespaces ?? {}).find(([known]) => known === name)?.[1];
    if (taken === undefined) return [name, isNamed(name, search) ? load : forgiving(load, emptied, search)];
    const either = forgiving(load, async () => await loaded(taken), search);
    // What a build wrote down about the name is about the other one.
    return [name, isListing(search) ? (await either()).default : either];
  });
  return { doc: '', tasks: {}, namespaces: Object.fromEntries(await Promise.all(entries)) };
}

async function moduleRoot(path: string, search: OwnSearch): Promise<Namespace> {
  const api = await import('../api/index.ts');
  const { inTask } = await import('../api/scope.ts');
  const isolate = (fullName: string, error: TaskError): NamespaceLoader | undefined =>
    isolated(fullName, error, search);
  return new ModuleTree(path, displayPath(path, search.cwd), inTask, isolate).root(
    await loadModule(path, api, search),
  );
}

/** One task of a module that cannot be: fails where the line names it, else a warning. */
function isolated(
  fullName: string,
  error: TaskError,
  { argv, warn }: OwnSearch,
): NamespaceLoader | undefined {
  const isMeant = (name: string): boolean => name === fullName || name.endsWith(`.${fullName}`);
  if (argv.some((argument) => isMeant(argument.replaceAll('_', '-'))))
    return async () => {
      throw error;
    };
  warn(error.message, error.hints);
  return undefined;
}

/** Another namespace, with a warning, when the wanted one cannot be loaded. */
function forgiving(load: NamespaceLoader, instead: NamespaceLoader, { warn }: OwnSearch): NamespaceLoader {
  return async () => {
    try {
      return await load();
    } catch (error) {
      const { message, hints } = messageAndHints(error);
      warn(message, hints);
      return await instead();
    }
  };
}

async function emptied(): Promise<{ readonly default: Namespace }> {
  return { default: { doc: 'could not be loaded', tasks: {} } };
}

async function loaded(entry: Entry): Promise<{ readonly default: Namespace }> {
  return typeof entry === 'function' ? await entry() : { default: entry };
}

/** Nobody knows what a module that failed would have held: a first argument that is no built-in name was meant for it. */
function afterFailure(error: unknown, builtIn: Namespace, { argv, warn }: OwnSearch): Namespace {
  const { message, hints } = messageAndHints(error);
  const head = headOf(argv.find((argument) => !argument.startsWith('-')) ?? '');
  const isBuiltIn = [builtIn.tasks, builtIn.namespaces ?? {}].some((names) => Object.hasOwn(names, head));
  if (head === '' || isBuiltIn) {
    warn(message, hints);
    return { doc: '', tasks: {} };
  }
  const fail = async (): Promise<never> => {
    throw error;
  };
  return { doc: '', tasks: {}, namespaces: { [head]: fail } };
}

function messageAndHints(error: unknown): { readonly message: string; readonly hints: readonly string[] } {
  if (!(error instanceof TaskError)) throw error;
  return error;
}

function joined(
  builtIn: Namespace,
  own: Namespace,
  project: Config,
  place: OwnPlace,
  search: OwnSearch,
): Namespace {
  const mine = new Set([...Object.keys(own.tasks), ...Object.keys(own.namespaces ?? {})]);
  const displayName = displayPath(place.path, search.cwd);
  for (const name of [...Object.keys(builtIn.tasks), ...Object.keys(builtIn.namespaces ?? {})]) {
    if (mine.has(name) && (isNamed(name, search) || isListing(search))) {
      search.warn(`${name} is your own, from ${displayName}, instead of the one that tasks comes with`, []);
    }
  }
  const others = <T>(names: Readonly<Record<string, T>> = {}): Record<string, T> =>
    Object.fromEntries(Object.entries(names).filter(([name]) => !mine.has(name)));
  const { default: defaultTask = builtIn.default } = own;
  return {
    doc: builtIn.doc,
    ...(defaultTask === undefined ? {} : { default: defaultTask }),
    tasks: { ...others(builtIn.tasks), ...own.tasks },
    namespaces: { ...others(builtIn.namespaces), ...configured(own, project).namespaces },
    config: merged([own.config ?? {}, project]),
  };
}

/** The checkout's configuration lies over that of every namespace. */
function configured(namespace: Namespace, project: Config): Namespace {
  const inner = Object.entries(namespace.namespaces ?? {}).map(([name, entry]): [string, Entry] => {
    if (typeof entry !== 'function') return [name, configured(entry, project)];
    return [name, async () => ({ default: configured((await entry()).default, project) })];
  });
  return {
    ...namespace,
    namespaces: Object.fromEntries(inner),
    config: merged([namespace.config ?? {}, project]),
  };
}

function isNamed(name: string, { argv }: OwnSearch): boolean {
  return argv.some((argument) => headOf(argument) === name);
}

function isListing({ argv }: OwnSearch): boolean {
  return argv.some((argument) => /^(?:-l|--list|--complete)(?:=|$)/.test(argument));
}

function headOf(argument: string): string {
  return (argument.split('.')[0] ?? '').replaceAll('_', '-');
}
