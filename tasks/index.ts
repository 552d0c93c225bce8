/** The command tree. A namespace's module is loaded when one of its names is typed. */
export const tree = {
  bench: () => import('./bench.ts'),
  config: () => import('./config.ts'),
  debug: () => import('./debug.ts'),
  dev: () => import('./dev.ts'),
  disas: () => import('./disas.ts'),
  doctor: () => import('./doctor.ts'),
  flame: () => import('./flame.ts'),
  flush: () => import('./flush.ts'),
  invoke: () => import('./invoke.ts'),
  monitor: () => import('./monitor.ts'),
  perf: () => import('./perf.ts'),
  planner: () => import('./planner.ts'),
  setup: () => import('./setup.ts'),
  state: () => import('./state.ts'),
  upload: () => import('./upload.ts'),
};
