/** Numbers of `PERF_RECORD_*`: the kernel's below 64 (include/uapi/linux/perf_event.h), perf's own above. */
export const recordType = {
  mmap: 1,
  lost: 2,
  comm: 3,
  exit: 4,
  throttle: 5,
  fork: 7,
  sample: 9,
  mmap2: 10,
  lostSamples: 13,
  switch: 14,
  switchCpuWide: 15,
  ksymbol: 17,
  headerAttr: 64,
  tracingData: 66,
  headerBuildId: 67,
  finishedRound: 68,
  auxtrace: 71,
  eventUpdate: 78,
  timeConversion: 79,
  headerFeature: 80,
  compressed: 81,
  compressed2: 83,
} as const;

/** The types from here on are perf's own: they have no time. */
export const firstUserType = 64;

export const misc = {
  cpuMode: 7,
  kernel: 1,
  user: 2,
  /** MMAP: it is data. COMM: it is an exec. FORK: the child execs. By type. */
  bit13: 1 << 13,
  hasBuildId: 1 << 14,
  /** SWITCH: the thread leaves (else it comes), and could have run on. */
  switchOut: 1 << 13,
  switchOutPreempt: 1 << 14,
} as const;
