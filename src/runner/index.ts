export type { TaskContext } from './context.ts';
export { call, namespace, task } from './define.ts';
export type { CommandShown } from './events.ts';
export { type Host, type Program, runProgram } from './program.ts';
export type { RunSettings } from './run-settings.ts';
