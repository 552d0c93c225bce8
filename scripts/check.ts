import { $ } from 'zx';

// Everything that is not a test: format, lint, circular imports, types, unused code, speed budgets. Each failing step
// prints the command that fixes or repeats it.

$.verbose = false;

interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly fix: string;
}

const checks: readonly Check[] = [
  {
    name: 'format, lint, circular imports',
    command: ['biome', 'check', '--error-on-warnings', '.'],
    fix: 'npx biome check --write .',
  },
  {
    name: 'rooms import inward',
    command: ['tsx', 'scripts/rooms.ts'],
    fix: 'move the code, or draw the arrow in scripts/rooms.ts and docs/architecture.md',
  },
  { name: 'types', command: ['tsc', '-p', '.'], fix: 'npx tsc -p .' },
  {
    name: 'types of the pages',
    command: ['tsc', '-p', 'tsconfig.page.json'],
    fix: 'npx tsc -p tsconfig.page.json',
  },
  { name: 'unused code and dependencies', command: ['knip', '--no-progress'], fix: 'npx knip' },
  {
    name: 'speed budgets',
    command: ['tsx', 'benchmarks/run.ts', '--budgets'],
    fix: 'npx tsx benchmarks/run.ts',
  },
];

let failed = 0;
for (const { name, command, fix } of checks) {
  const started = performance.now();
  const result = await $({ nothrow: true, preferLocal: true })`${command}`;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${result.exitCode === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)\n`);
  if (result.exitCode === 0) continue;
  failed += 1;
  process.stdout.write(`${result.stdout}${result.stderr}\n     fix or repeat: ${fix}\n`);
}
process.stdout.write(`check: ${checks.length - failed} of ${checks.length} passed\n`);
process.exitCode = failed === 0 ? 0 : 1;
