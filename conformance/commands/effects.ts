import { posix } from 'node:path';

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
