import { isEmbedded } from '../../engine/index.ts';
import { findFaasmBinary, settingsVariables } from '../../faasm/index.ts';
import type { TaskContext } from '../../runner/index.ts';
import { MachineError } from '../../util/errors.ts';

/** Where Faasm's programs are looked for in this run: the environment with what settings files say laid over it. */
export interface ProgramPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The part that a child does not inherit. */
  readonly variables: Readonly<Record<string, string>>;
}

export async function programPlace({ env, cwd }: TaskContext): Promise<ProgramPlace> {
  const variables = await settingsVariables(env, cwd);
  return { env: { ...env, ...variables }, variables };
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
