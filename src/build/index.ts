export {
  assertCleanable,
  type BuildDirectory,
  cleanBuildDirectory,
  inspectBuildDirectory,
  OWN_FOLDER,
  unreadable,
} from './build-directory.ts';
export { claimBuildDirectory } from './build-lock.ts';
export { ProgressReader, progressText } from './build-progress.ts';
export {
  type CheckoutFacts,
  compareVersions,
  findBareCheckout,
  readCheckoutFacts,
} from './checkout-facts.ts';
export { type CmakeCache, isOn } from './cmake-cache.ts';
export {
  assertBuildType,
  assertToolChoices,
  type BuildChoices,
  buildArguments,
  configureArguments,
  toolTargets,
} from './cmake-variables.ts';
export { type CodeModel, readCodeModel, readTargetNames, writeFileApiQuery } from './file-api.ts';
export { wordsInFile } from './file-words.ts';
export { type BuildError, errorTitle, firstBuildError } from './first-error.ts';
export { llvmConfigFolder, type PerfSwitch, perfFilePath, perfSwitch } from './perf-switch.ts';
export {
  type Finding,
  findingLine,
  holdsJit,
  isPerfReady,
  judgeBinary,
  judgeConfigured,
  type PerfVerdict,
  verdictLines,
} from './perf-verdict.ts';
