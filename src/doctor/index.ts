import type { Check } from './check.ts';
import { buildChecks } from './checks/build.ts';
import { checkoutChecks } from './checks/checkout.ts';
import { clusterChecks } from './checks/cluster.ts';
import { diskChecks } from './checks/disk.ts';
import { functionChecks } from './checks/functions.ts';
import { helperChecks } from './checks/helpers.ts';
import { kernelChecks } from './checks/kernel.ts';
import { monitoringChecks } from './checks/monitoring.ts';
import { nodeChecks } from './checks/node.ts';
import { perfChecks } from './checks/perf.ts';
import { toolchainChecks } from './checks/toolchain.ts';

export { type Check, type Checked, type Finding, type Goal, goals, type Mend, runChecks } from './check.ts';
export { startOf } from './checks/monitoring.ts';
export { fixesFor } from './fixes.ts';
export type { Host, HttpAnswer } from './host.ts';
export { type GoalReport, mendLine, reportOn, reportText } from './report.ts';

/** Every question, in the order in which they are shown. */
export const allChecks: readonly Check[] = [
  ...nodeChecks,
  ...perfChecks,
  ...kernelChecks,
  ...diskChecks,
  ...functionChecks,
  ...checkoutChecks,
  ...toolchainChecks,
  ...buildChecks,
  ...clusterChecks,
  ...monitoringChecks,
  ...helperChecks,
];
