import { dirname } from 'node:path';
import type { Settings } from '../faasm/settings.ts';

/** What a person may want to do with this machine. */
export const goals = ['profile', 'build', 'invoke', 'monitor'] as const;
export type Goal = (typeof goals)[number];

/** ok; warn: works, but less well; missing: not there; broken: there, and does not work; unknown: nothing to look at. */
export type State = 'ok' | 'warn' | 'missing' | 'broken' | 'unknown';

/** What would fix a finding. Packages and kernel settings are safe to do unasked for more than a yes. */
export type Fix =
  | { readonly kind: 'packages'; readonly names: readonly string[] }
  | { readonly kind: 'kernel-setting'; readonly key: string; readonly value: number }
  | { readonly kind: 'command'; readonly argv: readonly string[]; readonly asRoot?: boolean }
  /** A command that this machine cannot run for itself, or a sentence. */
  | { readonly kind: 'advice'; readonly text: string };

export interface Finding {
  readonly state: State;
  readonly found: string;
  /** What would be right; left out where it is. */
  readonly wanted?: string;
  readonly fix?: Fix;
  /** Another way to the same; said, never done unasked. */
  readonly otherFix?: Fix;
}

/** One question to the machine. */
export interface Check {
  /** Stable, for `--json`. */
  readonly id: string;
  readonly title: string;
  /** What cannot be done without it. */
  readonly needs: readonly Goal[];
  /** What it makes better. */
  readonly helps: readonly Goal[];
  readonly run: (host: Host) => Promise<Finding>;
}

export interface Checked extends Finding {
  readonly id: string;
  readonly title: string;
  readonly needs: readonly Goal[];
  readonly helps: readonly Goal[];
}

/** Asks all questions at once; a check that throws is itself broken, not the whole report. */
export async function runChecks(checks: readonly Check[], host: Host): Promise<Checked[]> {
  return await Promise.all(
    checks.map(async ({ run, ...check }) => {
      const finding = await run(host).catch((error: unknown): Finding => {
        host.signal.throwIfAborted();
        return { state: 'broken', found: error instanceof Error ? error.message : String(error) };
      });
      return { ...check, ...finding };
    }),
  );
}

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

/** The first dotted number in what a program prints about itself. */
export function versionIn(text: string): string | undefined {
  return /\b\d+\.\d+(?:\.\d+)*/.exec(text)?.[0];
}

/** Bytes for people: `12 GiB`. */
export function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let amount = bytes;
  let unit = 0;
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${amount >= 10 || unit === 0 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`;
}

/** The nearest folder at or above a path that exists. */
export async function nearestFolder(host: Host, path: string): Promise<string> {
  let folder = path;
  while ((await host.facts(folder)) === undefined && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** A program that is only asked for its version. */
export async function versionOf(
  host: Host,
  name: string,
  packages: readonly string[],
  wanted: string,
): Promise<Finding> {
  const path = await host.which(name);
  if (path === undefined) {
    return { state: 'missing', found: 'not installed', wanted, fix: { kind: 'packages', names: packages } };
  }
  const { exitCode, text } = await host.program([path, '--version']);
  const [line = ''] = text.trim().split('\n');
  if (exitCode === 0) return { state: 'ok', found: `${versionIn(text) ?? line} (${path})` };
  return {
    state: 'broken',
    found: `${path} --version failed: ${line === '' ? 'it said nothing' : line}`,
    wanted,
    fix: { kind: 'packages', names: packages },
  };
}
