import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { type Claim, type Row, rowOf } from './claim.ts';

// `npm run bench` measures every claim and prints one table; `npm run bench NAME…` only those suites, `--json` the same for
// programs. With --budgets it fails when one is missed (that is what `npm run check` does, without the long ones).

const only = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const suites: Readonly<Record<string, () => Promise<{ run(isCheck: boolean): Promise<readonly Claim[]> }>>> =
  {
    'start-up': () => import('./start-up.ts'),
    'exec-graph': () => import('./exec-graph.ts'),
    fold: () => import('./fold.ts'),
    recording: () => import('./recording.ts'),
    svg: () => import('./svg.ts'),
    replace: () => import('./replace.ts'),
    microbench: () => import('./microbench.ts'),
  };

const isCheck = process.argv.includes('--budgets');
// perf inject writes ten thousand files a round: what that takes says more about the disk than about us.
const notChecked = ['recording'];
const unknown = only.filter((name) => !(name in suites));
if (unknown.length > 0) {
  process.stderr.write(`There is no ${unknown.join(', ')}; there are ${Object.keys(suites).join(', ')}\n`);
  process.exit(2);
}
const claims: Claim[] = [];
for (const [name, load] of Object.entries(suites)) {
  if (only.length > 0 ? !only.includes(name) : isCheck && notChecked.includes(name)) continue;
  process.stderr.write(`measuring ${name} …\n`);
  const { run } = await load();
  claims.push(...(await run(isCheck)));
}
const rows = claims.map(rowOf);
if (process.argv.includes('--json')) {
  process.stdout.write(
    `${JSON.stringify({ ...machine(), claims: claims.map((claim, i) => ({ ...claim, ...rows[i] })) })}\n`,
  );
} else process.stdout.write(table(rows));
const isMissed = rows.some(({ verdict }) => verdict === 'MISS');
process.exitCode = isCheck && isMissed ? 1 : 0;

function table(all: readonly Row[]): string {
  const { cores, node, perf } = machine();
  const head = { what: 'what', bar: 'bar', wanted: 'wanted', measured: 'measured', verdict: 'verdict' };
  const columns = ['bar', 'wanted', 'measured', 'verdict', 'what'] as const;
  const widths = columns.map((column) => Math.max(...[head, ...all].map((row) => row[column].length)));
  const lines = [head, ...all].map((row) =>
    columns
      .map((column, i) => row[column].padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n\n${cores} cores, Node ${node}, ${perf}\n`;
}

function machine(): { readonly cores: number; readonly node: string; readonly perf: string } {
  const { stdout } = spawnSync('perf', ['--version'], { encoding: 'utf8' });
  return {
    cores: availableParallelism(),
    node: process.versions.node,
    perf: typeof stdout === 'string' ? stdout.trim() : 'no perf',
  };
}
