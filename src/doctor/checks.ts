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

/** One row a thing that a machine may lack; a new check is a file in checks/ and a line here. */
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
