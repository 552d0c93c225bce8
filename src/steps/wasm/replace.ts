import { resolve } from 'node:path';
import { findFunction } from '../../faasm/functions.ts';
import { settingsVariables } from '../../faasm/settings-variables.ts';
import { inputFile } from '../../import/input-file.ts';
import { printPlan } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { UsageError } from '../../util/errors.ts';
import { replaceSymbols, unsafeSymbols } from '../../wasm/symbol-replacement.ts';
import { symbolsOf } from './symbols.ts';

interface ReplaceArgs {
  readonly user: string;
  readonly func: string;
  readonly fileIn: string;
  readonly output: string | undefined;
}

/** `disas.replace`: names for functionDefN in any text; the file itself is replaced unless `--output` says otherwise. */
export async function replaceInFile(args: ReplaceArgs, context: TaskContext): Promise<void> {
  const { output, env, signal } = context;
  const variables = await settingsVariables(env, context.cwd);
  const files = await findFunction(args.user, args.func, { ...env, ...variables });
  const input = await inputFile(args.fileIn, context.cwd, context.signal);
  const target = args.output ?? (input.path === undefined ? '-' : input.path);
  if (target === '')
    throw new UsageError('--output is empty', { hints: ['For example: --output=named.txt'] });
  if (target === '-') output.reserveStdout();
  const names = new Map((await symbolsOf(files, signal)).map(({ symbol, name }) => [symbol, name]));
  if (context.dry) {
    const note = `reads ${files.wasmPath}, replaces in ${input.displayName}, writes ${target}`;
    const plan = {
      title: `Put the names of ${args.user}/${args.func} in`,
      why: `${names.size} symbols have names`,
      inputs: [files.wasmPath, input.path ?? '-'],
      outputs: [target === '-' ? '-' : resolve(context.cwd, target)],
    };
    return printPlan([{ note, plan }], context);
  }
  for (const symbol of unsafeSymbols(names).slice(0, 3)) {
    const message = `${symbol} is left as it is: its name ${JSON.stringify(names.get(symbol))} looks like another symbol`;
    output.emit({ event: 'warning', message, hints: [] });
  }
  const chunks = replaceSymbols(input.chunks(), names);
  if (target === '-') for await (const chunk of chunks) await output.write(chunk);
  else {
    await writeFileAtomic(target, chunks, signal);
    output.result(`${args.output ?? input.displayName}: symbols of ${args.user}/${args.func} put in`, {
      output: target,
    });
  }
}
