import { $ } from 'zx';

// Everything that is not a test: format, lint, circular imports, types, unused code, speed budgets. Each failing step
// prints the command that mends or repeats it.

$.verbose = false;

interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly mend: string;
}

const checks: readonly Check[] = [
  {
    name: 'format, lint, circular imports',
    command: ['biome', 'check', '--error-on-warnings', '.'],
    mend: 'npx biome check --write .',
  },
  {
    name: 'rooms import inward',
    command: ['tsx', 'scripts/rooms.ts'],
    mend: 'move the code, or draw the arrow in scripts/rooms.ts and docs/architecture.md',
  },
  { name: 'types', command: ['tsc', '-p', '.'], mend: 'npx tsc -p .' },
  { name: 'unused code and dependencies', command: ['knip', '--no-progress'], mend: 'npx knip' },
  {
    name: 'speed budgets',
    command: ['tsx', 'benchmarks/run.ts', '--budgets'],
    mend: 'npx tsx benchmarks/run.ts',
  },
];

let failed = 0;
for (const { name, command, mend } of checks) {
  const started = performance.now();
  const result = await $({ nothrow: true, preferLocal: true })`${command}`;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${result.exitCode === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)\n`);
  if (result.exitCode === 0) continue;
  failed += 1;
  process.stdout.write(`${result.stdout}${result.stderr}\n     mend or repeat: ${mend}\n`);
}
process.stdout.write(`check: ${checks.length - failed} of ${checks.length} passed\n`);
process.exitCode = failed === 0 ? 0 : 1;
