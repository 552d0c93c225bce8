import { findBareCheckout } from '../../build/checkout-facts.ts';
import { isEmbedded } from '../../engine/runner-choice.ts';
import { findFaasmBinary } from '../../faasm/binaries.ts';
import { loadSettings, settingsVariables } from '../../faasm/settings.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError } from '../../util/errors.ts';

/** Where Faasm's programs are looked for in this run: the environment with what settings files say laid over it. */
export interface ProgramPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The part that a child does not inherit. */
  readonly variables: Readonly<Record<string, string>>;
  readonly buildDir: string;
  readonly localDir: string;
  /** The checkout that the settings name, else the one around the current folder. */
  readonly checkout: string | undefined;
}

export async function programPlace({ env, cwd }: TaskContext): Promise<ProgramPlace> {
  const variables = await settingsVariables(env, cwd);
  const settings = await loadSettings({ env, cwd });
  return {
    env: { ...env, ...variables },
    variables,
    buildDir: settings.value('buildDir'),
    localDir: settings.value('localDir'),
    checkout: settings.value('checkout') ?? (await findBareCheckout(cwd)),
  };
}

/** One of Faasm's own programs: on PATH, else in the build directory; undefined where there is none. */
export async function findProgram(name: string, { env }: ProgramPlace): Promise<string | undefined> {
  return await findFaasmBinary(name, isEmbedded, env);
}

/** @throws MachineError saying how to build it. */
export async function needProgram(
  name: string,
  place: ProgramPlace,
  hints: readonly string[] = [],
): Promise<string> {
  const path = await findProgram(name, place);
  if (path !== undefined) return path;
  throw new MachineError(`Could not find Faasm's ${name} on PATH or in the build directory`, {
    hints: [`Build it: tasks dev.cc ${name}`, ...hints],
  });
}
