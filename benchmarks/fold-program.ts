import { writeSync } from 'node:fs';
import { fileChunks } from '../src/profile/file-chunks.ts';
import { perfScriptSource } from '../src/profile/perf-script.ts';
import { fold } from '../src/stacks/fold.ts';

// The folding alone, as a program: `perf script` text from a file or /dev/stdin, folded stacks on stdout, and the peak of
// its memory in kilobytes on stderr.
const { chunks } = await fold(perfScriptSource(fileChunks(process.argv[2] ?? '/dev/stdin')));
for (const chunk of chunks) writeSync(1, chunk);
writeSync(2, String(process.resourceUsage().maxRSS));
