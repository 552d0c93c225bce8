export { shownDuration } from '../util/duration.ts';
export { graphFromNodes, graphFromResults } from './build-graph.ts';
export { type CallStats, type GraphSummary, type GroupStats, statsOf, summariseGraph } from './call-stats.ts';
export { type ComparedPath, type Comparison, compareGraphs } from './compare.ts';
export { formatComparison } from './compare-text.ts';
export {
  type CriticalPath,
  criticalPath,
  type PathSegment,
  type PathShare,
  pathByFunction,
  pathByHost,
} from './critical-path.ts';
export type { BuiltGraph, CallNode, ExecGraph } from './exec-graph.ts';
export { graphDocument } from './graph-json.ts';
export { type CallState, type MeasuredCall, type MeasuredGraph, measureGraph } from './measure.ts';
export {
  readGraphDocument,
  renderGraphDot,
  renderGraphPng,
  renderGraphSvg,
  renderTimeline,
  renderTrace,
} from './on-demand.ts';
export { type ClockReport, clockReport, type HostSkew, type LateEnd } from './skew.ts';
export { formatGraphSummary, headline } from './text-summary.ts';
export { formatTree, type TreeOptions } from './text-tree.ts';
