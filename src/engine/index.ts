export type { EngineChoice } from './choices.ts';
export { embeddedRunner, profilingNodeFlags, samplerNodeFlags } from './embedded-runner.ts';
export { chooseMicrobench, type MicrobenchRunner } from './microbench-choice.ts';
export { chooseRunner, type FunctionRunner, isEmbedded } from './runner-choice.ts';
