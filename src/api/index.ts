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
export { config } from './config.ts';
export { glob } from './glob.ts';
export type { Responder } from './responder.ts';
export { $, type RunOptions, run, type Shell } from './run.ts';
export { RunResult } from './run-result.ts';
export { cd, prefix, type WithinOptions, within } from './scope.ts';
export { type OwnStep, steps } from './steps.ts';
export { type SudoOptions, sudo } from './sudo.ts';
export type { Piece } from './words.ts';
