/** What `bench.plot` can draw. */
export const plotKinds = ['box', 'ecdf', 'histogram', 'series', 'bar'] as const;
export type PlotKind = (typeof plotKinds)[number];

export const scales = ['auto', 'linear', 'log'] as const;
/** `auto` is logarithmic where times are far apart. */
export type ScaleChoice = (typeof scales)[number];

export const ranges = ['core', 'all'] as const;
/** Whether axes show everything, or what most runs are in. */
export type RangeChoice = (typeof ranges)[number];
