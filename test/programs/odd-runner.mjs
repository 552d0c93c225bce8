#!/usr/bin/env node
// microbench_runner SPEC OUT that does what the input of its line says: the odd things that real runners do at times.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';

const [specPath, outPath] = process.argv.slice(-2);
const [user, func, runs, how = ''] = readFileSync(specPath, 'utf8').trimEnd().split(',');
const count = Number(runs);
const row = (us, value = 0) => appendFileSync(outPath, `${user},${func},${value},${us},1.5\n`);
const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

process.stderr.write(`odd runner: ${how}\n`);
if (how === 'nothing') process.exit(0);
writeFileSync(outPath, 'User,Function,Return value,Execution (us),Reset (us)\n');
if (how === 'unknown') appendFileSync(outPath, 'Segmentation fault\n');
for (let i = 0; i < count; i++) {
  if (i === 2 && how === 'crash') {
    appendFileSync(outPath, `${user},${func},0,12.`);
    process.kill(process.pid, 'SIGSEGV');
    sleep(1000);
  }
  if (i === 2 && how === 'half') {
    appendFileSync(outPath, `${user},${func},0,12.`);
    process.exit(0);
  }
  if (i === 2 && how === 'fail') {
    row(5, 7);
    process.exit(1);
  }
  if (i === 2 && how === 'hang') sleep(60_000);
  if (how === 'slow') sleep(20);
  if (how === 'nan') row(i % 2 === 0 ? 'nan' : '-inf');
  else row(how === 'steps' ? i + 1 : 100 + ((i * 7919) % 13) / 10);
}
