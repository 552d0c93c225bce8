export type { CallNode, ExecGraph } from './exec-graph.ts';
