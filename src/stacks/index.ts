export type { CallTree, Frame, FrameId, FrameKind, NodeId } from './call-tree.ts';
export { CallTreeBuilder } from './call-tree-builder.ts';
export { type Folded, fold } from './fold.ts';
export { foldedLines, readFolded } from './folded.ts';
export { buildCallTree, type FrameResolver, type ProfileReport } from './named-tree.ts';
export { type Summary, summarise } from './summary.ts';
export { formatSummary } from './summary-table.ts';
export type { FoldOptions } from './tidy.ts';
