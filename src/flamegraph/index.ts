export { renderJson } from './json.ts';
export { parseMinWidth } from './min-width.ts';
export { renderSpeedscope } from './speedscope.ts';
export { type FlameGraphOptions, renderFlameGraph } from './svg.ts';
