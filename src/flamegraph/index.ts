export { defaultMinWidth, type MinWidth, parseMinWidth } from './min-width.ts';
export { type FlameGraphOptions, renderFlameGraph } from './svg.ts';
