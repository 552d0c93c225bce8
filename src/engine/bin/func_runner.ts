#!/usr/bin/env node
import { UsageError } from '../../util/errors.ts';
import { assertTimeout, commandLine, splitAtDashes, timeoutOption } from '../command-line.ts';
import { runProgram } from '../program.ts';
import { runFile } from '../run-file.ts';
import { runFunction } from '../run-function.ts';

await runProgram('func_runner', async () => {
  const { own, words } = splitAtDashes(process.argv.slice(2));
  const isAboutFile = own.some((word) => /^--wasm(=|$)/.test(word));
  return isAboutFile ? await ofFile(own, words) : await ofFunction(process.argv.slice(2));
});

async function ofFunction(argv: readonly string[]): Promise<number> {
  const args = commandLine(argv, {
    name: 'func_runner',
    positionals: 'USER FUNC [DATA]',
    fewest: 2,
    most: 3,
    describe:
      'Runs a function once, or any WebAssembly program: func_runner --wasm FILE [-- ARGS] (see func_runner --wasm=FILE --help). What it gives as output goes to standard output, its exit code becomes this one; 1 is also a function that could not run to its end.',
  })
    .options({
      'input-data': { type: 'string', describe: 'The input (also as DATA)' },
      cmdline: {
        type: 'string',
        requiresArg: true,
        describe: "Arguments for the function's argv, split at blanks",
      },
      arg: { type: 'string', describe: 'One more argument, as it is; may be given again' },
      timeout: timeoutOption,
    })
    .parseSync();
  const [user = '', func = '', data] = args._.map(String);
  if (data !== undefined && args['input-data'] !== undefined) {
    throw new UsageError('The input is given twice: as an argument and with --input-data');
  }
  assertTimeout(args.timeout);
  const input = args['input-data'] ?? data;
  const words = splitAtDashes(argv).own.flatMap((word) => /^--arg=(.*)$/s.exec(word)?.[1] ?? []);
  const { cmdline, timeout: timeoutSeconds } = args;
  return await runFunction({ user, func, input, cmdline, words, timeoutSeconds });
}

/** yargs makes a list of what is given again, which its types do not say. */
function listOf(given: string | string[] | undefined): string[] {
  return [given ?? []].flat();
}

async function ofFile(argv: readonly string[], words: readonly string[]): Promise<number> {
  const texts = { type: 'string', requiresArg: true } as const;
  const args = commandLine(argv, {
    name: 'func_runner',
    positionals: '--wasm FILE [-- ARGS]',
    fewest: 0,
    most: 0,
    mayRepeat: true,
    describe:
      'Runs a WebAssembly program under WASI preview 1. Standard streams and the exit code are its own; 1 is also a program that could not run to its end.',
  })
    .options({
      wasm: { type: 'string', requiresArg: true, demandOption: true, describe: 'The program' },
      dir: {
        ...texts,
        describe: 'A folder it may use, and its name for it: PATH[:GUEST]; may be given again',
      },
      env: { ...texts, describe: 'A variable of its environment: NAME=VALUE; may be given again' },
      invoke: {
        type: 'string',
        requiresArg: true,
        describe: 'Call this export with numbers (ARGS) instead of _start, and print what it returns',
      },
      reps: {
        type: 'number',
        requiresArg: true,
        default: 1,
        describe: 'Run it this often, each time afresh',
      },
      timeout: timeoutOption,
    })
    .parseSync();
  assertTimeout(args.timeout);
  if (!Number.isInteger(args.reps) || args.reps < 1)
    throw new UsageError('--reps needs a whole number above 0');
  return await runFile({
    path: args.wasm,
    args: words,
    dirs: listOf(args.dir),
    env: listOf(args.env),
    invoke: args.invoke,
    reps: args.reps,
    timeoutSeconds: args.timeout,
  });
}
