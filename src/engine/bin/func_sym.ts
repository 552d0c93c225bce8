#!/usr/bin/env node
import { commandLine } from '../command-line.ts';
import { runProgram } from '../program.ts';
import { writeSymbols } from '../write-symbols.ts';

await runProgram('func_sym', async () => {
  const args = commandLine(process.argv.slice(2), {
    name: 'func_sym',
    positionals: 'USER FUNC',
    fewest: 2,
    most: 2,
    describe: 'Writes function.symbols: what each functionDefN of a function is called in its source.',
  }).parseSync();
  const [user = '', func = ''] = args._.map(String);
  return await writeSymbols(user, func);
});
