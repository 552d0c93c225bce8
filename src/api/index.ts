// What tasks of one's own are written with: `import { task, namespace, $ } from 'faasm-tasks'`.

export type { StepIo } from '../process/steps.ts';
export type { TaskContext } from '../runner/context.ts';
export {
  type ArgsOf,
  type Call,
  call,
  type Namespace,
  namespace,
  type Param,
  type Params,
  type Prerequisite,
  type Task,
  task,
} from '../runner/define.ts';
export { MachineError, TaskError, UsageError } from '../util/errors.ts';
export type { Responder } from './child-view.ts';
export { config } from './config.ts';
export type { Piece } from './run.ts';
export { $, type RunOptions, RunResult, run, type Shell } from './run.ts';
export { cd, glob, type OwnStep, prefix, steps, type WithinOptions, within } from './scope.ts';
export { type SudoOptions, sudo } from './sudo.ts';
