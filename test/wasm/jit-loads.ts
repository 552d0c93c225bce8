import * as fc from 'fast-check';
import type { JitCode } from '../../src/wasm/module-runs.ts';

/** A module as the numbers of its functions in load order; `undefined` is other code, such as a thunk. */
export type Load = readonly number[] | undefined;

export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

/** The jitdump records of one thread that loads these; `sizeOf` gives the code size of function `n` of load `which`. */
export function records(loads: readonly Load[], sizeOf = (_which: number, _n: number) => 10): JitCode[] {
  const codes = loads.flatMap((load, which) =>
    load === undefined
      ? [{ name: 'thunk', size: 18 }]
      : load.map((n) => ({ name: `functionDef${n}`, size: sizeOf(which, n) })),
  );
  return codes.map((code, i) => ({ ...code, codeIndex: i + 1, tid: 1 }));
}

/** Where each module of the loads lies, as `first code index + size`. */
export function runsOf(loads: readonly Load[]): string[] {
  let at = 1;
  return loads.flatMap((load) => {
    const start = at;
    at += load?.length ?? 1;
    return load === undefined ? [] : [`${start}+${load.length}`];
  });
}

export const permutation = fc.integer({ min: 1, max: 8 }).chain((size) => {
  const sorted = upTo(size);
  return fc.oneof(fc.constant(sorted), fc.shuffledSubarray(sorted, { minLength: size, maxLength: size }));
});

export const anyLoads = fc.array(
  fc.oneof({ weight: 5, arbitrary: permutation }, { weight: 1, arbitrary: fc.constant(undefined) }),
  {
    maxLength: 6,
  },
);
