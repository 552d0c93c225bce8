export { type EmbeddedPlanner, type PlannerOptions, startEmbeddedPlanner } from './embedded-planner.ts';
export { isLoopback } from './loopback.ts';
