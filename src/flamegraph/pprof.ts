import { gzipSync } from 'node:zlib';
import type { CallTree } from '../stacks/call-tree.ts';
import { processMark } from '../stacks/process.ts';
import { displayText } from '../util/display-text.ts';
import { depthFirst } from './depth-first.ts';
import type { Metric } from './layout.ts';

export interface PprofOptions {
  /** Stands as the file name of the profile's one mapping. */
  readonly name: string;
  readonly metric?: Metric;
  /** What weights count, for the metric `weight`: `ns` or `us` is time, anything else an event. */
  readonly unit?: string;
}

const timeUnits: Readonly<Record<string, string>> = {
  ns: 'nanoseconds',
  us: 'microseconds',
  µs: 'microseconds',
};

/**
 * The profile as gzipped pprof (https://github.com/google/pprof/blob/main/proto/profile.proto): one sample for each
 * distinct stack, leaf first. Values are samples and, where weights count something else, weights (the default then),
 * both whole numbers. A function's file name and line are those of its declaration, or its kind of code; each sample has the label `kind` of the code it ended in, and `pid` and
 * `tid` where the tree's roots tell them: `pprof -tagfocus=kind=wasm`. Nothing is left out.
 */
export async function renderPprof(tree: CallTree, options: PprofOptions): Promise<Uint8Array> {
  const { Profile, StringTable } = await import('pprof-format');
  const { metric = 'samples', unit = 'samples', name } = options;
  const stringTable = new StringTable();
  const text = (value: string) => stringTable.dedup(value);
  const samplesType = { type: text('samples'), unit: text('count') };
  const time = timeUnits[unit];
  const weightType =
    time === undefined ? { type: text(unit), unit: text('count') } : { type: text('cpu'), unit: text(time) };
  const hasWeights = metric === 'weight';
  // An id of 0 means none.
  const MAPPING = 1;
  const profile = new Profile({
    stringTable,
    sampleType: hasWeights ? [samplesType, weightType] : [samplesType],
    ...(hasWeights ? { defaultSampleType: weightType.type } : {}),
    mapping: [{ id: MAPPING, filename: text(displayText(name)), hasFunctions: true }],
    function: tree.frames.map((frame, index) => ({
      id: index + 1,
      name: text(displayText(frame.name)),
      systemName: text(displayText(frame.name)),
      filename: text(displayText(frame.place?.file ?? frame.kind)),
      startLine: frame.place?.line ?? 0,
    })),
    location: tree.frames.map(({ place }, index) => ({
      id: index + 1,
      mappingId: MAPPING,
      line: [{ functionId: index + 1, line: place?.line ?? 0 }],
    })),
    sample: [...stacksOf(tree)].map(({ frames, leaf }) => {
      const [samples, weight] = [tree.selfSamples[leaf] ?? 0, tree.selfWeight[leaf] ?? 0].map(Math.round);
      const kind = tree.frames[frames[0] ?? 0]?.kind ?? 'unknown';
      const mark = processMark(tree.frames[frames.at(-1) ?? 0]?.name ?? '');
      const numbers = mark === undefined ? {} : { pid: mark.pid, tid: mark.tid };
      return {
        locationId: frames.map((frame) => frame + 1),
        value: hasWeights ? [samples ?? 0, weight ?? 0] : [samples ?? 0],
        label: [
          { key: text('kind'), str: text(kind) },
          ...Object.entries(numbers).flatMap(([key, num]) =>
            num === undefined ? [] : [{ key: text(key), num }],
          ),
        ],
      };
    }),
  });
  return gzipSync(profile.encode());
}

/** Leaf first, as pprof has them. */
function* stacksOf(tree: CallTree): Generator<{ readonly frames: readonly number[]; readonly leaf: number }> {
  for (const leaf of depthFirst(tree)) {
    if (leaf === 0 || ((tree.selfSamples[leaf] ?? 0) === 0 && (tree.selfWeight[leaf] ?? 0) === 0)) continue;
    const frames: number[] = [];
    for (let node = leaf; node !== 0; node = tree.parent[node] ?? 0) frames.push(tree.frame[node] ?? 0);
    yield { frames, leaf };
  }
}
