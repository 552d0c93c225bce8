#!/usr/bin/env node
// Stands where one of Faasm's programs would: keeps how it was called, prints and ends as it is told.
import { appendFileSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

const [, path = '', ...args] = process.argv;
const { RECORD = '', SAY = '', COMPLAIN = '', FAIL_FROM = '1', FAIL_WITH = '0', ...env } = process.env;
appendFileSync(RECORD, `${JSON.stringify({ program: basename(path), args, cwd: process.cwd(), env })}\n`);
process.stdout.write(SAY);
process.stderr.write(COMPLAIN);
const calls = readFileSync(RECORD, 'utf8').split('\n').length - 1;
process.exitCode = calls >= Number(FAIL_FROM) ? Number(FAIL_WITH) : 0;
