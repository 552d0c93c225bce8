import fc from 'fast-check';
import type { CallNode, ExecGraph } from '../../src/execgraph/graph.ts';
import { call, graphOf } from './call-graphs.ts';

const hosts = ['10.0.0.1', '10.0.0.2', undefined];

interface Seed {
  readonly from: number;
  readonly length: number;
  readonly name: number;
  readonly host: number;
  readonly parent: number;
}

const seeds = fc.array(
  fc.record({
    from: fc.nat(100),
    length: fc.nat(100),
    name: fc.nat(3),
    host: fc.nat(2),
    parent: fc.nat(),
  }),
  { minLength: 1, maxLength: 40 },
);

/** Graphs on one clock: every call begins and ends while its caller runs. */
export const honestGraphs: fc.Arbitrary<ExecGraph> = seeds.map((list) =>
  assemble(list, (seed, outer) => {
    const from = outer.from + (outer.to - outer.from) * (seed.from / 100);
    const to = from + (outer.to - from) * (seed.length / 100);
    return { from: Math.round(from), to: Math.max(Math.round(from), Math.round(to)) };
  }),
);

/** Graphs with any times at all: clocks that differ, calls that outlive their callers, times that nobody tells. */
export const wildGraphs: fc.Arbitrary<ExecGraph> = seeds.map((list) =>
  assemble(list, ({ from, length, name }) => ({
    from: name === 0 && length % 3 === 0 ? undefined : from * 10,
    to: length % 5 === 0 ? undefined : from * 10 + length - 20,
  })),
);

interface Span {
  readonly from: number;
  readonly to: number;
}

function assemble(
  list: readonly Seed[],
  times: (seed: Seed, outer: Span) => { readonly from: number | undefined; readonly to: number | undefined },
): ExecGraph {
  interface Place {
    readonly seed: Seed;
    readonly below: Place[];
  }
  const places: Place[] = [];
  for (const seed of list) {
    const place: Place = { seed, below: [] };
    places[seed.parent % Math.max(1, places.length)]?.below.push(place);
    places.push(place);
  }
  const build = ({ seed, below }: Place, outer: Span): CallNode => {
    const { from, to } = times(seed, outer);
    const inner = { from: from ?? outer.from, to: to ?? outer.to };
    const children = below.map((place) => build(place, inner));
    return call(`f${seed.name}`, from, to, children, { host: hosts[seed.host] });
  };
  const [root] = places;
  return graphOf(root === undefined ? [] : [build(root, { from: 1000, to: 3000 })]);
}
