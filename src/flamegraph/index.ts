export { renderFirefox } from './firefox.ts';
export { frameTest } from './frame-test.ts';
export { renderJson } from './json.ts';
export { parseMinWidth } from './min-width.ts';
export { renderPprof } from './pprof.ts';
export { reversed as reversedTree } from './reversed.ts';
export { patternProblem } from './search.ts';
export { renderSpeedscope } from './speedscope.ts';
export { type FlameGraphOptions, renderFlameGraph } from './svg.ts';
