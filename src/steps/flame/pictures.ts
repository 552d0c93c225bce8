// Every form that a profile is written in, to be loaded as one when it comes to writing.
export {
  renderFirefox,
  renderFlameGraph,
  renderJson,
  renderPprof,
  renderSpeedscope,
} from '../../flamegraph/index.ts';
export { foldedLines } from '../../stacks/index.ts';
