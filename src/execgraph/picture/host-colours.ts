import { groupBy } from '../group-by.ts';
import type { MeasuredCall } from '../measure.ts';

/** How calls of one host look. */
export interface HostStyle {
  readonly host: string | undefined;
  /** For a surface under black text. */
  readonly tint: string;
  /** For a stripe or a line. */
  readonly strong: string;
  readonly calls: number;
}

// Okabe and Ito's colours (https://jfly.uni-koeln.de/color/), which stay apart for every kind of colour vision; ordered so
// that neighbours differ in lightness too. Vermilion is left out: red means failure here. Tints are mixed with white.
const palette: readonly (readonly [tint: string, strong: string])[] = [
  ['#ddeefa', '#0072b2'],
  ['#fdf0d5', '#e69f00'],
  ['#d5efe6', '#009e73'],
  ['#fcfacb', '#c8b900'],
  ['#e4e0f5', '#5b4a9c'],
  ['#e3f3fc', '#56b4e9'],
  ['#ece7e0', '#8a6d4b'],
  ['#f5e2ed', '#cc79a7'],
];
const nowhere = ['#f4f4f4', '#8c8c8c'] as const;

/** The surface of boxes whose calls ran on several hosts. */
export const mixedTint = '#f6f6f7';

/** A style a host, in the order of the hosts' names; hosts beyond the eighth share colours, and their names tell them apart. */
export function hostStyles(calls: readonly MeasuredCall[]): ReadonlyMap<string | undefined, HostStyle> {
  const told = calls.filter(({ message }) => message !== undefined);
  const members = groupBy(told, ({ host }) => host);
  const named = [...members.keys()].flatMap((host) => (host === undefined ? [] : [host]));
  named.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const order = members.has(undefined) ? [...named, undefined] : named;
  return new Map(
    order.map((host, at) => {
      const [tint, strong] = host === undefined ? nowhere : (palette[at % palette.length] ?? nowhere);
      return [host, { host, tint, strong, calls: members.get(host)?.length ?? 0 }];
    }),
  );
}
