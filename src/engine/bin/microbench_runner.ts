#!/usr/bin/env node
import { assertTimeout, commandLine, timeoutOption } from '../command-line.ts';
import { runProgram } from '../program.ts';
import { runMicrobench } from '../run-microbench.ts';

await runProgram('microbench_runner', async () => {
  const args = commandLine(process.argv.slice(2), {
    name: 'microbench_runner',
    positionals: 'SPEC OUT',
    fewest: 2,
    most: 2,
    describe:
      'Calls functions many times. SPEC has lines of user,function,runs[,input]; OUT gets a line for each call: user, function, return value, microseconds of the call and of the reset after it.',
  })
    .options({ timeout: timeoutOption })
    .parseSync();
  const [specPath = '', outPath = ''] = args._.map(String);
  assertTimeout(args.timeout);
  return await runMicrobench({ specPath, outPath, timeoutSeconds: args.timeout });
});
