// Every form that a profile is written in, to be loaded as one when it comes to writing.
export { renderFirefox } from '../../flamegraph/firefox.ts';
export { renderJson } from '../../flamegraph/json.ts';
export { renderPprof } from '../../flamegraph/pprof.ts';
export { renderSpeedscope } from '../../flamegraph/speedscope.ts';
export { renderFlameGraph } from '../../flamegraph/svg.ts';
export { foldedLines } from '../../stacks/folded.ts';
