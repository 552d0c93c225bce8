export {
  distributionPrefixes,
  findInstalledLlvms,
  findRuntimeLibraries,
  type InstalledLlvm,
  inspectLlvm,
} from './installed.ts';
export {
  type BuildTools,
  buildCommand,
  cmakeVariables,
  componentTargets,
  configureCommand,
  fetchCommands,
  hostTarget,
  type LlvmSource,
  sourceFolders,
} from './plan.ts';
export { findProof, proofCommands, proofFiles } from './proof.ts';
export {
  assertRoom,
  type BuildEstimate,
  compileJobs,
  estimateBuild,
  estimateText,
  linkJobs,
} from './resources.ts';
export { majorOfSources, majorOfTag, releaseTag } from './versions.ts';
