/** The command tree. A namespace's module is loaded when one of its names is typed. */
export const tree = {
  config: () => import('./config.ts'),
  dev: () => import('./dev.ts'),
  disas: () => import('./disas.ts'),
  doctor: () => import('./doctor.ts'),
  flame: () => import('./flame.ts'),
  perf: () => import('./perf.ts'),
  setup: () => import('./setup.ts'),
};
