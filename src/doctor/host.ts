import type { Settings } from '../faasm/settings.ts';

export interface ProgramOutcome {
  /** Undefined when it is not there or cannot be started. */
  readonly exitCode: number | undefined;
  /** Both streams. */
  readonly text: string;
  readonly timedOut: boolean;
}

export interface FileFacts {
  readonly kind: 'file' | 'folder' | 'other';
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

export interface NewestFile {
  readonly path: string;
  readonly modifiedMs: number;
}

/** The machine as checks see it; paths of the system are below `root`, which only tests move. */
export interface Host {
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly settings: Pick<Settings, 'value'>;
  readonly isRoot: boolean;
  /** Puts a path of the system (`/proc`, `/sys`, `/etc`) where it is. */
  system(path: string): string;
  /** The user's home and folder for temporary files. */
  readonly home: string;
  readonly temporary: string;
  /** Where a program is on PATH. */
  which(name: string): Promise<string | undefined>;
  /** Runs a program; never throws for what it does. */
  program(argv: readonly [string, ...string[]], timeoutSeconds?: number): Promise<ProgramOutcome>;
  text(path: string): Promise<string | undefined>;
  facts(path: string): Promise<FileFacts | undefined>;
  /** Names in a folder; undefined when it cannot be read. */
  list(path: string): Promise<readonly string[] | undefined>;
  /** The newest of the files below a folder whose names are wanted; links are not followed. */
  newest(path: string, isWanted: (name: string) => boolean): Promise<NewestFile | undefined>;
  /** What can be written, now. */
  isWritable(path: string): Promise<boolean>;
  /** Bytes that this user can still write where `path` is or would be. */
  freeBytes(path: string): Promise<number>;
  /** The answer to a GET, its headers' names in lower case, or why there is none. */
  get(url: string): Promise<HttpAnswer | { readonly why: string }>;
  /** What a server says first after it was sent a line; undefined when there is none. */
  ask(server: string, port: number, line: string): Promise<string | undefined>;
}
