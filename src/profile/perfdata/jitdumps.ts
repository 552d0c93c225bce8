import { basename, dirname, join } from 'node:path';
import { hashKey } from '../../util/hash-secret.ts';
import { isRegularFile } from '../../util/regular-file.ts';
import { type Jitdump, openJitdump } from '../jitdump.ts';
import type { JitdumpEvidence } from './evidence.ts';
import { MappedCode, singleSymbol } from './mapped-code.ts';
import { recordedTime, type TimeConversion } from './time-conversion.ts';

/** Where `perf inject` puts a function in the image that it makes of it. */
export const injectedOffset = 0x80;

/** A dump that was found, for the process that mapped it. */
export interface FoundDump {
  readonly pid: number;
  readonly code: Jitdump;
  /** The dump's time on the recording's clock; both are the halves of a number, ours of nanoseconds. */
  timeOf(high: number, low: number): readonly [high: number, low: number];
  /** The code at an index, called as `perf inject` calls it. */
  codeAt(index: number): MappedCode;
}

/** What a recording's times are. */
export interface RecordedClock {
  /** CLOCK_MONOTONIC's. */
  readonly isMonotonic: boolean;
  /** How they follow from the processor's counter. */
  readonly conversion: TimeConversion | undefined;
}

/** The jitdumps of a recording. */
export class Jitdumps {
  readonly evidence: JitdumpEvidence[] = [];
  readonly #folders: readonly string[];
  readonly #clock: () => RecordedClock;
  readonly #seen = new Map<string, FoundDump | undefined>();
  /** By file: which process has it. A recording may name one dump for any number of processes. */
  readonly #owners = new Map<string, number>();

  /** `folders`: where dumps are when they are not where they were recorded. */
  constructor(folders: readonly string[], clock: () => RecordedClock) {
    this.#folders = folders;
    this.#clock = clock;
  }

  /** True for the name of a dump, which a process maps for no other reason than to be noticed. */
  static isDump(name: string): boolean {
    return /(^|\/)jit-\d+\.dump$/.test(name);
  }

  /** The dump that a process mapped; each is read once. Undefined when it cannot be used. */
  open(pid: number, name: string): FoundDump | undefined {
    const key = `${pid} ${name}`;
    if (this.#seen.has(key)) return this.#seen.get(key);
    const path = Buffer.from(name, 'latin1').toString('utf8');
    const { state, code } = this.#read(pid, path);
    this.evidence.push({ pid, path, state });
    const found =
      code === undefined ? undefined : foundDump(pid, dirname(name), code, this.#clock().conversion);
    this.#seen.set(key, found);
    return found;
  }

  #read(pid: number, path: string): { readonly state: JitdumpEvidence['state']; readonly code?: Jitdump } {
    const file = basename(path);
    const places = [path, ...this.#folders.map((folder) => join(folder, file))];
    const place = places.find(isRegularFile);
    if (place === undefined) return { state: 'missing' };
    const owner = this.#owners.get(place) ?? pid;
    if (owner !== pid) return { state: 'other process' };
    this.#owners.set(place, pid);
    const code = openJitdump(place);
    if (typeof code === 'string') return { state: code };
    if (code.pid !== Number(/(\d+)\.dump$/.exec(file)?.[1])) return { state: 'other process' };
    // As jit_open and convert_timestamp (tools/perf/util/jitdump.c): -k 1 only matters for times that need it.
    const { isMonotonic, conversion } = this.#clock();
    if (code.usesProcessorClock && conversion === undefined) return { state: 'processor clock' };
    if (!code.usesProcessorClock && !isMonotonic) return { state: 'other clock' };
    return { state: code.isCut ? 'cut' : 'read', code };
  }
}

function foundDump(
  pid: number,
  folder: string,
  code: Jitdump,
  conversion: TimeConversion | undefined,
): FoundDump {
  const made = new Map<number | string, MappedCode>();
  return {
    pid,
    code,
    timeOf: (high, low) => {
      if (!code.usesProcessorClock || conversion === undefined) return [high, low];
      const time = recordedTime((BigInt(high) << 32n) | BigInt(low), conversion);
      return [Number(time >> 32n), Number(time & 0xffffffffn)];
    },
    codeAt: (index) => {
      const key = hashKey(index);
      let known = made.get(key);
      if (known === undefined) {
        const dso = `${folder}/jitted-${code.pid}-${index}.so`;
        known = new MappedCode(dso, () => {
          const { name = '', size = 0 } = code.functionAt(index) ?? {};
          return { found: true, table: singleSymbol(name, injectedOffset, size), from: dso };
        });
        made.set(key, known);
      }
      return known;
    },
  };
}
