import { delimiter, join } from 'node:path';

interface TestPlace {
  /** The checkout; undefined leaves out what only one has: lists of what sanitisers are to let pass. */
  readonly checkout: string | undefined;
  /** A Faasm of before December 2023. */
  readonly isOlder: boolean;
  readonly logLevel: 'info' | 'debug' | 'trace';
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The variables that Faasm's tests want, to be laid over the environment: where its services are (on CI under other names
 * and ports), how much is logged, and that sanitisers end the run at the first error.
 */
export function testEnvironment({ checkout, isOlder, logLevel, env }: TestPlace): Record<string, string> {
  const isCi = env['HOST_TYPE'] === 'ci';
  const redis = (name: string): string => (isOlder && isCi ? 'redis' : name);
  const pass = (sanitiser: string): string[] =>
    checkout === undefined ? [] : [`suppressions=${join(checkout, `${sanitiser}-sanitizer-ignorelist.txt`)}`];
  const inherited = env['LD_LIBRARY_PATH'] ?? '';
  return {
    CGROUP_MODE: isCi ? 'off' : 'on',
    LD_LIBRARY_PATH: ['/build/faasm/third-party/lib', '/usr/local/lib', inherited]
      .filter(Boolean)
      .join(delimiter),
    LOG_LEVEL: logLevel,
    NETNS_MODE: 'off',
    PLANNER_HOST: 'localhost',
    PLANNER_PORT: isCi ? '8080' : '8081',
    REDIS_QUEUE_HOST: redis('redis-queue'),
    REDIS_STATE_HOST: redis('redis-state'),
    TERM: 'xterm-256color',
    [isOlder ? 'WASM_VM' : 'FAASM_WASM_VM']: 'wavm',
    ASAN_OPTIONS: 'halt_on_error=1:quarantine_size_mb=16',
    ...(checkout === undefined ? {} : { LSAN_OPTIONS: pass('leak').join(':') }),
    TSAN_OPTIONS: ['history_size=0', 'halt_on_error=1', ...pass('thread'), 'flush_memory_ms=5000'].join(' '),
    UBSAN_OPTIONS: ['print_stacktrace=1', 'halt_on_error=1', ...pass('ub')].join(':'),
    ...(isOlder
      ? {}
      : { AZ_ATTESTATION_PROVIDER_URL: 'https://faasmattprov.eus2.attest.azure.net', SGX_AESM_ADDR: '1' }),
    ...(isCi ? { OVERRIDE_CPU_COUNT: '10' } : {}),
  };
}
