import type { Host } from './host.ts';

/** What a person may want to do with this machine. */
export const goals = ['profile', 'build', 'invoke', 'monitor'] as const;
export type Goal = (typeof goals)[number];

/** ok; warn: works, but less well; missing: not there; broken: there, and does not work. */
export type State = 'ok' | 'warn' | 'missing' | 'broken';

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
