import { namespace } from './define.ts';
import { init } from './init.ts';

/** The command tree. A namespace's module is loaded when one of its names is typed. */
export const tree = namespace({
  doc: 'Build, profile, debug, benchmark and invoke WebAssembly functions',
  tasks: { init },
  namespaces: {
    bench: () => import('./bench.ts'),
    codegen: () => import('./codegen.ts'),
    config: () => import('./config.ts'),
    debug: () => import('./debug.ts'),
    dev: () => import('./dev.ts'),
    disas: () => import('./disas.ts'),
    doctor: () => import('./doctor.ts'),
    files: () => import('./files.ts'),
    flame: () => import('./flame.ts'),
    flush: () => import('./flush.ts'),
    invoke: () => import('./invoke.ts'),
    monitor: () => import('./monitor.ts'),
    perf: () => import('./perf.ts'),
    planner: () => import('./planner.ts'),
    python: () => import('./python.ts'),
    redis: () => import('./redis.ts'),
    run: () => import('./run.ts'),
    setup: () => import('./setup.ts'),
    state: () => import('./state.ts'),
    tests: () => import('./tests.ts'),
    upload: () => import('./upload.ts'),
    wast: () => import('./wast.ts'),
  },
});
