import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const captures = ['echo', 'echo-nofp', 'shapes', 'twins', 'many'];
/** How many places in a function the innermost frames are seen at. */
const leafPlaces = 20;
const innermost = 3;

/**
 * Writes about `bytes` of `perf script` text: real captures over and over, with other times, in other threads, and at
 * other places in the same functions, so that there are some 20,000 distinct frame lines.
 */
export function writePerfScriptText(path: string, bytes: number): void {
  const samples = captures.flatMap(readSamples);
  const random = lcg(42);
  const file = openSync(path, 'w');
  let time = 1000;
  let text = '';
  for (let written = 0; written < bytes; ) {
    for (const [header = '', ...frames] of samples) {
      time += 0.001001;
      text += `${header.replace(/ \d+ +\d+\.\d+:/, ` ${4000 + Math.floor(random() * 4)} ${time.toFixed(6)}:`)}\n`;
      const place = Math.floor(random() ** 2 * leafPlaces);
      for (const [i, frame] of frames.entries())
        text += `${moved(frame, i < innermost ? place : place % 2)}\n`;
      text += '\n';
    }
    written += writeSync(file, text, null, 'latin1');
    text = '';
  }
  closeSync(file);
}

function readSamples(capture: string): string[][] {
  const url = new URL(`../test/fixtures/captures/wavm/${capture}/out.perf.gz`, import.meta.url);
  const samples = gunzipSync(readFileSync(url)).toString('latin1').trimEnd().split('\n\n');
  return samples.map((sample) => sample.split('\n'));
}

// The same function `by` bytes further on; the address keeps its width.
function moved(frame: string, by: number): string {
  return frame.replace(
    /^(\s+)([\da-f]+) (.*)\+0x([\da-f]+) /,
    (_, gap: string, pc: string, name: string, offset: string) => {
      const low = (Number.parseInt(pc.slice(-6), 16) + by).toString(16).padStart(Math.min(6, pc.length), '0');
      const start = pc.slice(0, -6);
      const further = (Number.parseInt(offset, 16) + by).toString(16);
      return `${gap}${start}${low.slice(-6)} ${name}+0x${further} `;
    },
  );
}

function lcg(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
