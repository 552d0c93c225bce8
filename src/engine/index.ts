export type { EngineChoice } from './choices.ts';
export { embeddedRunner, profilingNodeFlags, samplerNodeFlags } from './embedded-runner.ts';
export type { CallResult } from './linked-function.ts';
export { chooseMicrobench, type MicrobenchRunner } from './microbench-choice.ts';
export type { SharedCode } from './prepared-function.ts';
export { chooseRunner, type FunctionRunner, isEmbedded, nativeCallArgs } from './runner-choice.ts';
export { LocalStateStore, type StateAnswer, StateFull, type StateOperation } from './state-store.ts';
export type {
  EndedJob,
  ThreadAnswer,
  ThreadJob,
  ThreadNews,
  ThreadQuestion,
  ThreadStart,
} from './thread-messages.ts';
