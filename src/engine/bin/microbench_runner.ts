#!/usr/bin/env node
import { assertTimeout, commandLine, splitAtDashes, timeoutOption } from '../command-line.ts';
import { runProgram } from '../program.ts';
import { runMicrobench } from '../run-microbench.ts';

await runProgram('microbench_runner', async () => {
  const { own, words } = splitAtDashes(process.argv.slice(2));
  const args = commandLine(own, {
    name: 'microbench_runner',
    positionals: 'SPEC OUT [-- ARGS]',
    fewest: 2,
    most: 2,
    describe:
      "Calls functions many times. SPEC has lines of user,function,runs[,input]; OUT gets a line for each call: user, function, return value, microseconds of the call and of the reset after it. ARGS are every call's arguments.",
  })
    .options({ timeout: timeoutOption })
    .parseSync();
  const [specPath = '', outPath = ''] = args._.map(String);
  assertTimeout(args.timeout);
  return await runMicrobench({ specPath, outPath, words, timeoutSeconds: args.timeout });
});
