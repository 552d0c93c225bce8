import { spawnSync } from 'node:child_process';
import { writeSync } from 'node:fs';
import { perfDataSource, Symbols } from '../src/profile/index.ts';
import { fold } from '../src/stacks/index.ts';

// The reader alone, as a program: a perf.data file, folded stacks on stdout; on stderr the number of samples and the peak
// of its memory in kilobytes.
const path = process.argv[2] ?? 'perf.data';
const demangle = async (names: readonly string[]): Promise<readonly string[]> => {
  const input = `${names.join('\n')}\n`;
  const { stdout } = spawnSync('c++filt', ['-p', '-i'], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  return stdout.split('\n').slice(0, -1);
};
const symbols = new Symbols();
const { chunks, report } = await fold(perfDataSource(path, { symbols, shown: path, demangle }));
for (const chunk of chunks) writeSync(1, chunk);
writeSync(2, `${report.samples} ${process.resourceUsage().maxRSS}`);
