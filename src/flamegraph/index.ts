export { renderJson } from './json.ts';
export { parseMinWidth } from './min-width.ts';
export { reversed as reversedTree } from './reversed.ts';
export { renderSpeedscope } from './speedscope.ts';
export { type FlameGraphOptions, renderFlameGraph } from './svg.ts';
