import type { SettingKey, SettingValues } from '../faasm/setting-keys.ts';

/** What is at the path of a checkout. */
export type CheckoutState = 'checkout' | 'absent' | 'empty' | 'other';

/** What setup knows of the machine and of earlier answers. The functions only look. */
export interface SetupFacts {
  readonly cwd: string;
  readonly home: string;
  /** A setting that somebody chose, in whatever layer; undefined when it is only the default. */
  readonly chosen: <K extends SettingKey>(key: K) => SettingValues[K] | undefined;
  readonly checkoutAt: (path: string) => CheckoutState;
  /** True when the checkout's submodules were never fetched. */
  readonly lacksSubmodules: (checkout: string) => boolean;
  /** Where a checkout was cloned from, if it says so. */
  readonly originOf: (checkout: string) => string | undefined;
  /** True for a script: its machine is another one, which cannot be looked at. */
  readonly isElsewhere: boolean;
  /** True when files can be made in this folder, or it can be made. */
  readonly canWrite: (folder: string) => boolean;
  /** An absolute path from what somebody typed. */
  readonly resolve: (path: string) => string;
  /** What the machine lacks for a goal, in words; empty when it is ready. */
  readonly lacks: {
    readonly profile: readonly string[];
    readonly build: readonly string[];
    readonly monitor: readonly string[];
  };
}
