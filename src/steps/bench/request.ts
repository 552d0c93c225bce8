import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { checkSpec, type SpecLine, specOrFail } from '../../bench/spec.ts';
import { chooseMicrobench, type MicrobenchRunner } from '../../engine/microbench-choice.ts';
import { type FunctionFiles, findFunction, listFunctions } from '../../faasm/functions.ts';
import { settingsVariables } from '../../faasm/settings.ts';
import type { TaskContext } from '../../runner/context.ts';
import { errnoOf, messageOf, TaskError, UsageError } from '../../util/errors.ts';

/** A spec that was found good, with the functions it names. */
export interface BenchSpec {
  /** As the person wrote it. */
  readonly displayName: string;
  readonly path: string;
  readonly text: string;
  readonly lines: readonly SpecLine[];
  readonly functions: readonly FunctionFiles[];
  /** What settings files say of Faasm's directories. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Reads and checks a whole spec before anything runs. @throws UsageError with every mistake in it. */
export async function readSpec(displayName: string, context: TaskContext): Promise<BenchSpec> {
  const path = resolve(context.cwd, displayName);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const isFolder = errnoOf(error) === 'EISDIR';
    const why = errnoOf(error) === 'ENOENT' ? 'it does not exist' : messageOf(error);
    throw new TaskError(`Could not read the spec ${displayName}: ${isFolder ? 'it is a folder' : why}`, {
      hints: [
        isFolder
          ? 'Name the file in it.'
          : `Write one from the functions that are there: tasks bench.init ${displayName}`,
      ],
      cause: error,
    });
  });
  const variables = await settingsVariables(context.env, context.cwd);
  const env = { ...context.env, ...variables };
  const known = (await listFunctions(env)).map(({ user, func }) => `${user}/${func}`);
  const checked = checkSpec(text, known);
  const lines = specOrFail(checked, displayName);
  for (const remark of checked.remarks)
    context.output.emit({ event: 'warning', message: `${displayName}: ${remark}`, hints: [] });
  const functions = await Promise.all(
    lines.map(async ({ user, func }) => await findFunction(user, func, env)),
  );
  return { displayName, path, text, lines, functions, variables };
}

/** What measures the functions of a spec. `flag` is the flag whose value `engine` is. */
export async function runnerFor(
  engine: string,
  flag: string,
  spec: BenchSpec,
  context: TaskContext,
): Promise<MicrobenchRunner> {
  const { splitCommand } = await import('../flame/command-line.ts');
  const isKeyword = ['auto', 'embedded', 'faasm'].includes(engine);
  const command = isKeyword ? [] : splitCommand(engine);
  const request = { engine, command, functions: spec.functions, cwd: context.cwd, flag };
  return await chooseMicrobench(request, { ...context.env, ...spec.variables });
}

/** A share as people write it: `1%`, `0.5 %`, `0.01`. @throws UsageError for anything else, or what is out of (0, 1). */
export function parseShare(text: string, flag: string): number {
  const [, digits = '', percent = ''] = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*(%?)\s*$/.exec(text) ?? [];
  const share = digits === '' ? Number.NaN : Number(digits) / (percent === '%' ? 100 : 1);
  if (share > 0 && share < 1) return share;
  throw new UsageError(`${flag}=${text} is no share: more than 0 and less than 100 % is meant`, {
    hints: [`For example: ${flag}=5%`],
  });
}
