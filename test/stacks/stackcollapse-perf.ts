import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FoldCase {
  readonly text: Uint8Array;
  readonly args: readonly string[];
}

// Runs the script once per case in one perl: `do` compiles it anew, so that no case sees another's variables.
const driver = `
  my ($script, $count) = splice @ARGV, 0, 2;
  open STDERR, '>', '/dev/null';
  for my $i (0 .. $count - 1) {
    open my $file, '<', "$i.args"; my @args = map { chomp; $_ } <$file>;
    open STDOUT, '>', "$i.out"; local @ARGV = (@args, "$i.txt"); local $0 = $script;
    do $script; close STDOUT;
  }`;

/** What the real stackcollapse-perf.pl in `folder` prints for each case. */
export function stackcollapsePerf(folder: string, cases: readonly FoldCase[]): Buffer[] {
  const work = mkdtempSync(join(tmpdir(), 'fold-'));
  try {
    cases.forEach((each, i) => {
      writeFileSync(join(work, `${i}.txt`), each.text);
      writeFileSync(join(work, `${i}.args`), each.args.map((arg) => `${arg}\n`).join(''));
    });
    const script = join(folder, 'stackcollapse-perf.pl');
    const perl = spawnSync('perl', ['-e', driver, script, String(cases.length)], { cwd: work });
    if (perl.status !== 0) throw new Error(`perl: ${perl.error ?? perl.stderr.toString()}`);
    return cases.map((_, i) => readFileSync(join(work, `${i}.out`)));
  } finally {
    rmSync(work, { recursive: true });
  }
}
