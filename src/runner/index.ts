export type { Candidate, ValueRequest, ValueSource } from './completion.ts';
export { type CompletionShell, completionScript, completionShells } from './completion-script.ts';
export type { TaskContext } from './context.ts';
export { call, namespace, task } from './define.ts';
export type { CommandShown, StepPlan } from './events.ts';
export { type Host, type Program, runProgram } from './program.ts';
export type { RunSettings } from './run-settings.ts';
