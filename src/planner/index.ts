export type { BatchStatus, CallMessage, GraphNode } from './message.ts';
