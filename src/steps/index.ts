export { type Command, childFailure, runChild } from './child.ts';
export { printPlan, runSteps, type Step, type StepIo } from './steps.ts';
