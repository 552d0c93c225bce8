import { clusterRules } from './cluster.ts';
import { devRules } from './dev.ts';
import { lineRules, wordRules } from './line.ts';
import { profilingRules } from './profiling.ts';
import { programRules } from './programs.ts';
import type { CommandRule } from './rule.ts';

/** Every difference on purpose, in the order in which they are applied. */
export const commandRules: readonly CommandRule[] = [
  ...wordRules,
  ...clusterRules,
  ...profilingRules,
  ...devRules,
  ...programRules,
  ...lineRules,
];
