import type { EventAttr } from './attr.ts';

const software = [
  'cpu-clock',
  'task-clock',
  'page-faults',
  'context-switches',
  'cpu-migrations',
  'minor-faults',
  'major-faults',
  'alignment-faults',
  'emulation-faults',
  'dummy',
  'bpf-output',
  'cgroup-switches',
];
const hardware = [
  'cycles',
  'instructions',
  'cache-references',
  'cache-misses',
  'branches',
  'branch-misses',
  'bus-cycles',
  'stalled-cycles-frontend',
  'stalled-cycles-backend',
  'ref-cycles',
];

/** What perf calls an event whose name the recording does not hold (a cut one). */
export function eventName({ type, config }: EventAttr): string {
  const names = type === 0 ? hardware : type === 1 ? software : [];
  const name = config < 64n ? names[Number(config)] : undefined;
  return name ?? `raw 0x${config.toString(16)}`.replace(' ', '-');
}
