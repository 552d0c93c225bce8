import { outputOf, timed } from './child.ts';
import type { Ratio } from './claim.ts';

const minSamples = 1000;
const hertz = 199;
/** `perf script` resolves inline frames, which takes minutes: more than the bar needs to know. */
const limitSeconds = 120;

/** Many different functions of a big binary, so that there are many addresses to name. */
const busy = `
const end = Date.now() + Number(process.argv[1]);
const source = Function.prototype.toString.call(require('node:util').inspect);
while (Date.now() < end) {
  JSON.parse(JSON.stringify(process.versions));
  new Function(source + Math.random());
  Array.from({ length: 300 }, (_, i) => 'x' + (i * 7919) % 1000).sort().join().match(/x(9+)\\d/g);
  new Intl.NumberFormat('de').format(Math.random() * 1e9);
  require('node:zlib').deflateSync(source);
  BigInt('0x' + 'f'.repeat(400)) ** 7n;
}
`;

/** A recording with copies of the stack: ours (through \`perf script --no-inline\`) against \`perf script\` as it comes. */
export function dwarfClaim(folder: string, tasks: string): Ratio {
  let samples = 0;
  for (let milliseconds = (minSamples / hertz) * 1100; samples < minSamples; milliseconds *= 1.3) {
    const record = ['perf', 'record', '-q', '-F', String(hertz), '--call-graph', 'dwarf', '-o', 'dwarf.data'];
    timed(folder, [...record, process.execPath, '-e', busy, String(Math.ceil(milliseconds))]);
    samples = outputLines(folder, ['perf', 'script', '-F', 'time', '-G', '-i', 'dwarf.data']);
  }
  const fold = [process.execPath, tasks, 'flame.fold', 'dwarf.data'];
  const ours = [1, 2, 3].map(() => timed(folder, fold).seconds);
  const theirs = timed(folder, ['perf', 'script', '-i', 'dwarf.data'], 'output', limitSeconds);
  return {
    name: `--call-graph dwarf to folded stacks, ${samples} samples of node`,
    oursSeconds: Math.min(...ours),
    theirsSeconds: theirs.seconds,
    theirsWereCut: theirs.wasCut,
    against: 'perf script',
    atLeast: 50,
  };
}

function outputLines(folder: string, command: readonly string[]): number {
  timed(folder, command);
  return outputOf(folder).toString('latin1').split('\n').length - 1;
}
