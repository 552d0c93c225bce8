import { gzipSync } from 'node:zlib';
import type { CallTree } from '../stacks/call-tree.ts';
import { processMark } from '../stacks/process.ts';
import { displayText } from '../util/display-text.ts';
import { at } from '../util/indexed.ts';
import type { RenderOptions } from './formats.ts';
import { depthFirst, stackOf } from './layout.ts';

const timeUnits: Readonly<Record<string, string>> = {
  ns: 'nanoseconds',
  us: 'microseconds',
  µs: 'microseconds',
};

/**
 * The profile as gzipped pprof (https://github.com/google/pprof/blob/main/proto/profile.proto): one sample for each
 * distinct stack, leaf first. Values are samples and, where weights count something else, weights (the default then),
 * both whole numbers; weights in `ns` or `us` are time, others an event. The title stands as the file name of the one mapping. A
 * function's file name and line are those of its declaration, or its kind of code; each sample has the label `kind` of the code
 * it ended in, and `pid` and `tid` where the tree's roots tell them: `pprof -tagfocus=kind=wasm`. Nothing is left out.
 */
export async function renderPprof(tree: CallTree, options: RenderOptions): Promise<Uint8Array> {
  const { Profile, StringTable } = await import('pprof-format');
  const { metric = 'samples', unit = 'samples', title } = options;
  const stringTable = new StringTable();
  const text = (value: string) => stringTable.dedup(value);
  const samplesType = { type: text('samples'), unit: text('count') };
  const time = timeUnits[unit];
  const weightType =
    time === undefined ? { type: text(unit), unit: text('count') } : { type: text('cpu'), unit: text(time) };
  const hasWeights = metric === 'weight';
  const sampled = [...depthFirst(tree)].filter(
    (node) => node !== 0 && (at(tree.selfSamples, node) !== 0 || at(tree.selfWeight, node) !== 0),
  );
  // An id of 0 means none.
  const MAPPING = 1;
  const profile = new Profile({
    stringTable,
    sampleType: hasWeights ? [samplesType, weightType] : [samplesType],
    ...(hasWeights ? { defaultSampleType: weightType.type } : {}),
    mapping: [{ id: MAPPING, filename: text(displayText(title)), hasFunctions: true }],
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
    sample: sampled.map((leaf) => {
      // Leaf first, as pprof has them.
      const frames = stackOf(tree, leaf);
      const samples = Math.round(at(tree.selfSamples, leaf));
      const weight = Math.round(at(tree.selfWeight, leaf));
      const { kind } = at(tree.frames, at(frames, 0));
      const mark = processMark(at(tree.frames, at(frames, frames.length - 1)).name);
      const numbers = mark === undefined ? {} : { pid: mark.pid, tid: mark.tid };
      return {
        locationId: frames.map((frame) => frame + 1),
        value: hasWeights ? [samples, weight] : [samples],
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
