export {
  type CompareOptions,
  type Comparison,
  type ComparisonNote,
  compareSeries,
  pairSeries,
} from './comparison.ts';
export { formatComparisons, markdownComparisons } from './comparison-table.ts';
export { comparisonRecord } from './comparison-words.ts';
export { type HistoryEntry, historyEntry, isSameMeasurement, parseHistory } from './history.ts';
export { formatHistory } from './history-table.ts';
export { type NoiseFloor, noiseFloor } from './noise-floor.ts';
export type { PlotKind, RangeChoice, ScaleChoice } from './plots/choices.ts';
export type { Drawing } from './plots/draw.ts';
export { mostStyles, smallText, styleOf, textSize } from './plots/look.ts';
export { drawFigure, plotHistory, plotPage, plotRuns, titledSvg } from './plots/on-demand.ts';
export { type Panel, type Row, spoken } from './plots/panel.ts';
export type { PlotSource } from './plots/plot-data.ts';
export { type RowBlock, seriesOf } from './result-series.ts';
export { type Results, ResultsReader, type ResultsRemark, readResults } from './results.ts';
export type { Series } from './series.ts';
export {
  parseSession,
  rowBlocks,
  type Session,
  type SessionBlock,
  type SessionMachine,
  sessionDifferences,
  sessionPath,
} from './session.ts';
export { checkSpec, runnerSpec, type SpecLine, specOrFail } from './spec.ts';
export { type Random, randomFrom } from './statistics/random.ts';
export { type Summary, summarise, type TimeSummary } from './statistics/summary.ts';
export { formatSummaries } from './summary-table.ts';
