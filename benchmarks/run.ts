import type { Ratio } from './ratio.ts';

// `npm run bench` prints every ratio; with --budgets it fails when one is missed (that is what `npm run check` does).

const only = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const suites = {
  'start-up': () => import('./start-up.ts'),
  fold: () => import('./fold.ts'),
  svg: () => import('./svg.ts'),
  replace: () => import('./replace.ts'),
  microbench: () => import('./microbench.ts'),
};

const isCheck = process.argv.includes('--budgets');
let missed = 0;
for (const [name, load] of Object.entries(suites)) {
  if (only.length > 0 && !only.includes(name)) continue;
  const { run } = await load();
  for (const ratio of await run(isCheck)) report(ratio);
}
process.exitCode = isCheck && missed > 0 ? 1 : 0;

function report(ratio: Ratio): void {
  const { name, oursSeconds, theirsSeconds, against, atLeast, memoryBytes, memoryBudgetBytes } = ratio;
  const factor = theirsSeconds / oursSeconds;
  const isFast = factor >= atLeast;
  const isSmall =
    memoryBytes === undefined || memoryBudgetBytes === undefined || memoryBytes <= memoryBudgetBytes;
  if (!isFast || !isSmall) missed += 1;
  const times = `${seconds(oursSeconds)} against ${seconds(theirsSeconds)}`;
  const memory = memoryBytes === undefined ? '' : `, ${Math.round(memoryBytes / 2 ** 20)} MB`;
  const verdict = isFast && isSmall ? 'ok  ' : 'MISS';
  process.stdout.write(
    `${verdict} ${name}: ${factor.toFixed(2)} times the speed of ${against} (at least ${atLeast.toFixed(2)}; ${times}${memory})\n`,
  );
}

function seconds(value: number): string {
  if (value < 1e-3) return `${(value * 1e6).toPrecision(2)} us`;
  return value < 1 ? `${(value * 1000).toFixed(0)} ms` : `${value.toFixed(1)} s`;
}
