/**
 * How a recording's times follow from the processor's own counter (TSC, CNTVCT).
 *
 * Written by: `perf record`, as record 79 PERF_RECORD_TIME_CONV, where the kernel says that the counter can be converted. Spec:
 * `struct perf_record_time_conv` in tools/lib/perf/include/perf/event.h; the formulas stand beside `cap_user_time_zero` and
 * `cap_user_time_short` in include/uapi/linux/perf_event.h (tools/perf/util/tsc.c computes them).
 *
 *      8  u64 time_shift · u64 time_mult · u64 time_zero
 *     32  u64 time_cycles · u64 time_mask · u8 cap_user_time_zero · u8 cap_user_time_short     (from Linux 5.10 on)
 *
 *     quotient = cycles >> shift, rest = cycles & ((1 << shift) - 1)
 *     time = zero + quotient * mult + ((rest * mult) >> shift)                                  (all of 64 bits)
 *
 * Traps: a short counter (`cap_user_time_short`) wraps, and is first continued from `time_cycles`; without
 * `cap_user_time_zero` the other fields mean nothing; old records end before it.
 */
export interface TimeConversion {
  readonly shift: bigint;
  readonly mult: bigint;
  readonly zero: bigint;
  /** Where the counter has fewer bits than 64. */
  readonly short: { readonly cycles: bigint; readonly mask: bigint } | undefined;
}

const oldBytes = 32;
const newBytes = 50;

/** The conversion in a record (with its header); undefined where it says that there is none. */
export function readTimeConversion(record: Buffer): TimeConversion | undefined {
  if (record.length < oldBytes) return undefined;
  const [shift = 0n, mult = 0n, zero = 0n] = [8, 16, 24].map((at) => record.readBigUInt64LE(at));
  if (shift > 63n || mult === 0n) return undefined;
  if (record.length < newBytes) return { shift, mult, zero, short: undefined };
  if (record[48] === 0) return undefined;
  const short =
    record[49] === 0 ? undefined : { cycles: record.readBigUInt64LE(32), mask: record.readBigUInt64LE(40) };
  return { shift, mult, zero, short };
}

/** The time of the recording's clock, in nanoseconds, at which the counter stood so. */
export function recordedTime(counter: bigint, { shift, mult, zero, short }: TimeConversion): bigint {
  const cycles =
    short === undefined ? counter : u64(short.cycles + (u64(counter - short.cycles) & short.mask));
  const rest = cycles & ((1n << shift) - 1n);
  return u64(zero + u64((cycles >> shift) * mult) + (u64(rest * mult) >> shift));
}

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}
