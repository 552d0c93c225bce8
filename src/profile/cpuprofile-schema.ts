import { z } from 'zod';

/**
 * `.cpuprofile`: the JSON that V8's sampling profiler writes (`node --cpu-prof`, inspector `Profiler.stop`).
 * Specified as `Profiler.Profile` in the Chrome DevTools protocol.
 *
 *     { nodes: [{ id, callFrame: { functionName, url, lineNumber, columnNumber }, children: [id …] } …],
 *       startTime, endTime,               microseconds
 *       samples: [node id …],             the innermost node at each tick
 *       timeDeltas: [µs …] }              from the tick before (the first: from startTime) to this one
 *
 * Traps: a sample lasts until the *next* tick, so its time is the next delta; deltas may be negative (ticks are
 * sorted late) and the last sample ends at endTime. Names in parentheses are V8's own states; `(root)` is above all and
 * `(idle)` is no work. WebAssembly frames have `wasm://wasm/<module>-<hash>` as url, the name section's name or
 * `wasm-function[INDEX]`, and the byte offset of the function in the module as column.
 */
export const profileSchema = z.object({
  nodes: z.array(
    z.object({
      id: z.number().int(),
      callFrame: z.object({ functionName: z.string(), url: z.string() }),
      children: z.array(z.number().int()).optional(),
    }),
  ),
  startTime: z.number(),
  endTime: z.number(),
  samples: z.array(z.number().int()),
  timeDeltas: z.array(z.number()),
});

export type CpuProfile = z.infer<typeof profileSchema>;
