#!/usr/bin/env node
import { UsageError } from '../../util/errors.ts';
import { assertTimeout, commandLine, timeoutOption } from '../command-line.ts';
import { runProgram } from '../program.ts';
import { runFunction } from '../run-function.ts';

await runProgram('func_runner', async () => {
  const args = commandLine(process.argv.slice(2), {
    name: 'func_runner',
    positionals: 'USER FUNC [DATA]',
    fewest: 2,
    most: 3,
    describe:
      'Runs a function once. What it gives as output goes to standard output, its exit code becomes this one; 1 is also a function that could not run to its end.',
  })
    .options({
      'input-data': { type: 'string', describe: 'The input (also as DATA)' },
      cmdline: {
        type: 'string',
        requiresArg: true,
        describe: "Arguments for the function's argv, split at blanks",
      },
      timeout: timeoutOption,
    })
    .parseSync();
  const [user = '', func = '', data] = args._.map(String);
  if (data !== undefined && args['input-data'] !== undefined) {
    throw new UsageError('The input is given twice: as an argument and with --input-data');
  }
  assertTimeout(args.timeout);
  const input = args['input-data'] ?? data;
  return await runFunction({ user, func, input, cmdline: args.cmdline, timeoutSeconds: args.timeout });
});
