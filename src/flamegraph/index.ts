export { type JsonOptions, renderJson } from './json.ts';
export type { Metric } from './layout.ts';
export { defaultMinWidth, type MinWidth, parseMinWidth } from './min-width.ts';
export { renderSpeedscope, type SpeedscopeOptions } from './speedscope.ts';
export { type FlameGraphOptions, renderFlameGraph } from './svg.ts';
