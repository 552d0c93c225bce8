import type { SampleVisitor } from '../samples.ts';
import type { DemangleBatch } from '../symbols/demangled-names.ts';
import { kernelAddress } from '../symbols/kallsyms.ts';
import type { RecordedKernel } from '../symbols/kernel-symbols.ts';
import { AddressFrames } from './address-frames.ts';
import type { AddressSpace } from './address-space.ts';
import { readValuesBytes } from './attr.ts';
import { CodeIndex, kernelName, moduleName } from './code-index.ts';
import type { PerfDataReport } from './evidence.ts';
import { cString } from './features.ts';
import { FrameTable } from './frame-table.ts';
import type { FoundDump, Jitdumps } from './jitdumps.ts';
import { Jitdumps as Dumps, injectedOffset } from './jitdumps.ts';
import { Machine, type Thread } from './machine.ts';
import { MappedCode, type SymbolFinder, singleSymbol } from './mapped-code.ts';
import { OffCpu, type OffCpuInterval } from './off-cpu.ts';
import type { OffCpuChoice } from './perf-data.ts';
import { misc, recordType } from './record-type.ts';
import { type EventReader, isSwitchEvent } from './recorded-events.ts';
import type { Scan } from './scan.ts';

interface ReplayOptions {
  readonly symbols: SymbolFinder;
  readonly demangle?: DemangleBatch | undefined;
  readonly event?: string | undefined;
  readonly allEvents?: boolean;
  readonly offCpu?: OffCpuChoice | undefined;
  readonly folders: readonly string[];
  readonly rest: () => Promise<void>;
}

type Mode = 'user' | 'kernel' | 'other';

/** Context markers of callchains, the low words of `PERF_CONTEXT_*`. */
const context = { hypervisor: 0xffffffe0, kernel: 0xffffff80, user: 0xfffffe00 } as const;
const firstMarker = 0xfffff001;
const monotonic = 1;
const buildIdBytes = 20;
/** `PERF_RECORD_KSYMBOL_FLAGS_UNREGISTER`. */
const unregistered = 1;
/** `PATH_MAX` of the kernel, which writes no longer name. */
const longestPath = 4096;
const placesPerRest = 1 << 17;
/** Memory that a JIT fills; what a jitdump says of it is better than what a mapping says. */
const jitMemory = /^\/\/anon|^\[anon:|^\/memfd:/;

/** Plays records in the order in which they happened: who ran, what was mapped, and what each sample's addresses were then. */
export class Replay {
  readonly #scan: Scan;
  readonly #visitor: SampleVisitor;
  readonly #options: ReplayOptions;
  readonly #machine = new Machine();
  readonly #frames: AddressFrames;
  readonly #code: CodeIndex;
  readonly #book: FrameTable;
  readonly #dumps: Jitdumps;
  readonly #offCpu: OffCpu | undefined;
  /** Queued events of jitdumps: whose, and which of its own. */
  readonly #jitEvents: { readonly dumps: number[]; readonly events: number[] } = { dumps: [], events: [] };
  readonly #kernelMade = new Set<MappedCode>();
  readonly #queuedDumps: FoundDump[] = [];
  readonly #words: Uint32Array;
  readonly #record: Buffer;
  #recordedKernel: RecordedKernel | undefined;
  #event: EventReader | undefined;
  #threads = 0;
  #samples = 0;
  #skipped = 0;
  #lostEvents = 0;
  #lostSamples = 0;
  #throttles = 0;

  constructor(scan: Scan, visitor: SampleVisitor, options: ReplayOptions) {
    this.#scan = scan;
    this.#visitor = visitor;
    this.#options = options;
    this.#words = scan.words;
    this.#record = scan.record;
    this.#code = new CodeIndex(options.symbols, scan.features.buildIds);
    this.#book = new FrameTable(visitor, options.demangle);
    this.#frames = new AddressFrames(this.#code.nowhere, this.#book);
    this.#offCpu = options.offCpu === undefined ? undefined : new OffCpu();
    this.#dumps = new Dumps(options.folders, () => ({
      isMonotonic: this.#isMonotonic,
      conversion: scan.timeConversion,
    }));
  }

  /** A mapping that the scan passes: the code of a jitdump is queued at its own times. */
  mapped(record: Buffer, size: number): void {
    const from = nameOffset(record.readUInt32LE(0));
    const name = cString(record.subarray(0, Math.min(size, from + longestPath)), from);
    if (!Dumps.isDump(name)) return;
    const dump = this.#dumps.open(record.readInt32LE(8), name);
    if (dump === undefined || this.#queuedDumps.includes(dump)) return;
    const number = this.#queuedDumps.push(dump) - 1;
    const { timesHigh, timesLow } = dump.code.events;
    const { dumps, events } = this.#jitEvents;
    for (let i = 0; i < timesHigh.length; i += 1) {
      const time = this.#scan.relativeTime(...dump.timeOf(timesHigh[i] ?? 0, timesLow[i] ?? 0));
      dumps.push(number);
      this.#scan.queue.add(time, -events.push(i));
    }
  }

  /** Plays what is queued up to a time. */
  async deliver(limit: number): Promise<void> {
    let untilRest = placesPerRest;
    for (const place of this.#scan.queue.take(limit)) {
      if (place < 0) this.#jitCode(-place - 1);
      else this.#play(this.#scan.open(place));
      if (this.#book.isFull) await this.#book.flush();
      untilRest -= 1;
      if (untilRest > 0) continue;
      untilRest = placesPerRest;
      await this.#options.rest();
    }
  }

  /** Hands the last samples on, and tells what there was. */
  async end(): Promise<PerfDataReport> {
    for (const interval of this.#offCpu?.end() ?? []) {
      this.#endInterval(interval);
      if (this.#book.isFull) await this.#book.flush();
    }
    await this.#book.flush();
    const { events, features } = this.#scan;
    const counts = new Map<string, number>();
    for (const { name, samples } of events.all) {
      if (samples > 0) counts.set(name, (counts.get(name) ?? 0) + samples);
    }
    const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
    return {
      samples: this.#samples,
      event: this.#options.event ?? this.#event?.name,
      events: counts,
      filteredSamples: this.#offCpu === undefined ? all - this.#samples : 0,
      offCpu: this.#offCpu?.totals,
      skippedLines: this.#skipped,
      evidence: {
        lostEvents: this.#lostEvents,
        lostSamples: this.#lostSamples,
        throttles: this.#throttles,
        truncated: this.#scan.truncated,
        jitdumps: this.#dumps.evidence,
        unresolved: this.#frames.unresolved(),
        isMonotonic: this.#isMonotonic,
        excludesKernel: events.all.every(({ attr }) => attr.excludesKernel),
        kernelIsHidden: this.#frames.isKernelHidden,
        hasTraces: this.#scan.hasTraces,
        perfVersion: features.perfVersion,
        commandLine: features.commandLine ?? [],
      },
    };
  }

  get #isMonotonic(): boolean {
    const { all } = this.#scan.events;
    return all.length > 0 && all.every(({ attr }) => attr.clockId === monotonic);
  }

  #play(size: number): void {
    const words = this.#words;
    const type = words[0] ?? 0;
    const flags = (words[1] ?? 0) & 0xffff;
    if (type === recordType.sample) this.#sample(size, flags);
    else if (type === recordType.mmap2 && size > nameOffset(type)) this.#mmap2(size, flags);
    else if (type === recordType.mmap && size > nameOffset(type)) this.#mmap(size, flags);
    else if (type === recordType.comm && size > 16) {
      this.#machine.comm(words[2] ?? 0, words[3] ?? 0, this.#text(16, size));
    } else if (type === recordType.fork && size >= 24) {
      const isExec = (flags & misc.bit13) !== 0;
      this.#machine.fork(words[2] ?? 0, words[3] ?? 0, words[4] ?? 0, words[5] ?? 0, isExec);
      this.#offCpu?.fork((words[4] ?? 0) | 0);
    } else if (type === recordType.exit && size >= 24) {
      this.#machine.exit(words[4] ?? 0);
      this.#offCpu?.exit((words[4] ?? 0) | 0);
    } else if (type === recordType.switch || type === recordType.switchCpuWide) this.#switch(size, flags);
    else if (type === recordType.ksymbol && size > 24) this.#ksymbol(size);
    else if (type === recordType.lost && size >= 24) this.#lostEvents += this.#u64(4);
    else if (type === recordType.lostSamples && size >= 16) this.#lostSamples += this.#u64(2);
    else if (type === recordType.throttle) this.#throttles += 1;
  }

  #mmap(size: number, flags: number): void {
    const name = this.#text(nameOffset(recordType.mmap), size);
    const mode = flags & misc.cpuMode;
    if (mode === misc.kernel) this.#mapKernel(name);
    else if (mode === misc.user) this.#map(name, (flags & misc.bit13) === 0 ? 4 : 0, 0, undefined);
  }

  #mmap2(size: number, flags: number): void {
    const words = this.#words;
    const name = this.#text(nameOffset(recordType.mmap2), size);
    const mode = flags & misc.cpuMode;
    if (mode === misc.kernel) this.#mapKernel(name);
    if (mode !== misc.user) return;
    const bytes = Math.min(this.#record[40] ?? 0, buildIdBytes);
    const buildId =
      (flags & misc.hasBuildId) === 0 ? undefined : this.#record.toString('hex', 44, 44 + bytes);
    this.#map(name, words[16] ?? 0, words[17] ?? 0, buildId);
  }

  #map(name: string, protection: number, mapFlags: number, buildId: string | undefined): void {
    const words = this.#words;
    const pid = words[2] ?? 0;
    const { process } = this.#machine.thread(pid, words[3] ?? 0);
    if (process.hasJitdump && jitMemory.test(name)) return;
    if (Dumps.isDump(name) && this.#dumps.open(pid | 0, name) !== undefined) {
      process.hasJitdump = true;
      return;
    }
    const [start, length, pageOffset] = [this.#u64(4), this.#u64(6), this.#u64(8)];
    const mapping = { pid, start, length, pageOffset, protection, flags: mapFlags, buildId, name };
    const { code, offset } = this.#code.ofMapping(mapping);
    process.space.map(start, start + length, offset, code);
  }

  /** `[kernel.kallsyms]_text` (whose page offset is the address of `_text`), or a module. */
  #mapKernel(name: string): void {
    const words = this.#words;
    const start = kernelAddress(words[5] ?? 0, words[4] ?? 0);
    const isModule = name.startsWith('/') || (name.startsWith('[') && !name.startsWith('[kernel.kallsyms]'));
    const { buildIds, osRelease } = this.#scan.features;
    // There is one kernel, whatever else a file says: its list of symbols is long.
    if (!isModule && this.#recordedKernel === undefined) {
      const symbol = name.slice(kernelName.length);
      const address = kernelAddress(words[9] ?? 0, words[8] ?? 0);
      this.#recordedKernel = {
        buildId: buildIds.get(kernelName),
        osRelease,
        ...(symbol === '' || symbol.includes(']') ? {} : { reference: { name: symbol, address } }),
      };
    }
    const code = this.#code.kernel(
      isModule ? moduleName(name) : kernelName,
      () => this.#recordedKernel ?? {},
    );
    this.#frames.kernel.map(start, start + this.#u64(6), start, code);
  }

  /** Code that the kernel made, a BPF program or a trampoline; or that it took away again. */
  #ksymbol(size: number): void {
    const words = this.#words;
    const start = kernelAddress(words[3] ?? 0, words[2] ?? 0);
    const length = words[4] ?? 0;
    const { kernel } = this.#frames;
    if (((words[5] ?? 0) >>> 16) & unregistered) {
      // As machine__process_ksymbol_unregister: whatever of them is there now.
      const region = kernel.find(start);
      if (region !== undefined && this.#kernelMade.has(region.code)) kernel.unmap(region.start, region.end);
      return;
    }
    const name = this.#text(24, size);
    const code = new MappedCode(name, () => {
      return { found: true, table: singleSymbol(name, start, length), from: name };
    });
    this.#kernelMade.add(code);
    kernel.map(start, start + length, start, code);
  }

  #jitCode(number: number): void {
    const dump = this.#queuedDumps[this.#jitEvents.dumps[number] ?? -1];
    if (dump === undefined) return;
    const event = this.#jitEvents.events[number] ?? 0;
    const { starts, sizes, codeIndexes } = dump.code.events;
    const { space } = this.#machine.thread(dump.pid, dump.pid).process;
    const start = starts[event] ?? 0;
    space.map(start, start + (sizes[event] ?? 0), injectedOffset, dump.codeAt(codeIndexes[event] ?? 0));
  }

  #sample(size: number, flags: number): void {
    const words = this.#words;
    const event = this.#scan.events.ofSample(words);
    if (event === undefined || size < event.layout.rest) {
      this.#skipped += 1;
      return;
    }
    event.samples += 1;
    this.#event ??= event;
    const wanted = this.#options.event ?? this.#event.name;
    const isSwitch = this.#offCpu !== undefined && isSwitchEvent(event);
    if (this.#offCpu === undefined) {
      if (this.#options.allEvents !== true && event.name !== wanted) return;
    } else if (!isSwitch && this.#options.offCpu === 'only') return;
    const { layout } = event;
    const pid = layout.tid < 0 ? 0xffffffff : (words[layout.tid >> 2] ?? 0);
    const tid = layout.tid < 0 ? 0xffffffff : (words[(layout.tid >> 2) + 1] ?? 0);
    const thread = this.#machine.thread(pid, tid);
    const period = layout.period < 0 ? event.attr.samplePeriod : this.#u64(layout.period >> 2);
    if (layout.hasCallchain) this.#callchain(event, size, thread.process.space);
    else if (layout.ip >= 0) {
      const cpuMode = flags & misc.cpuMode;
      const mode: Mode = cpuMode === misc.kernel ? 'kernel' : cpuMode === misc.user ? 'user' : 'other';
      const at = layout.ip >> 2;
      this.#book.push(
        this.#frames.at(this.#spaceOf(mode, thread.process.space), words[at + 1] ?? 0, words[at] ?? 0),
      );
    }
    this.#frames.countLeaf(this.#book.leaf);
    if (thread.announced < 0) this.#announce(thread);
    if (this.#offCpu !== undefined) {
      const time = layout.time < 0 ? Number.NEGATIVE_INFINITY : this.#timeAt(layout.time >> 2);
      this.#offCpu.tick(time);
      if (isSwitch) {
        this.#offCpu.stack(tid | 0, thread.announced, this.#book.takeChain(), time);
        return;
      }
    }
    this.#book.endSample(thread.announced, period || 1);
    this.#samples += 1;
  }

  /** A thread leaves its processor, or gets one. The trailer says which thread, and when. */
  #switch(size: number, flags: number): void {
    const layout = this.#scan.events.ofRecord(this.#words, size)?.layout;
    if (this.#offCpu === undefined || layout === undefined) return;
    const [tidWord, timeWord] = [size - layout.tidFromEnd, size - layout.timeFromEnd].map((at) => at >> 2);
    if (layout.tidFromEnd < 0 || layout.timeFromEnd < 0 || size < layout.tidFromEnd + 8) return;
    const pid = this.#words[tidWord ?? 0] ?? 0;
    const tid = this.#words[(tidWord ?? 0) + 1] ?? 0;
    const time = this.#timeAt(timeWord ?? 0);
    this.#offCpu.tick(time);
    if ((flags & misc.switchOut) === 0) {
      const interval = this.#offCpu.comeBack(tid | 0, time);
      if (interval !== undefined) this.#endInterval(interval);
      return;
    }
    const thread = this.#machine.thread(pid, tid);
    if (thread.announced < 0) this.#announce(thread);
    this.#offCpu.leave(tid | 0, thread.announced, (flags & misc.switchOutPreempt) !== 0, time);
  }

  #endInterval({ thread, frames, ns, isPreempted }: OffCpuInterval): void {
    for (const frame of frames) this.#book.push(frame);
    this.#book.endSample(thread, ns, isPreempted ? 'preempted' : 'blocked');
    this.#samples += 1;
  }

  #timeAt(word: number): number {
    return this.#scan.relativeTime(this.#words[word + 1] ?? 0, this.#words[word] ?? 0);
  }

  /** As thread__resolve_callchain_sample (tools/perf/util/machine.c): a marker says where the following addresses are. */
  #callchain({ layout }: EventReader, size: number, user: AddressSpace<MappedCode>): void {
    const words = this.#words;
    let at = layout.rest >> 2;
    if (layout.hasRead) at += readValuesBytes(layout.readFormat, words, at) >> 2;
    const room = (size >> 3) - (at >> 1) - 1;
    const count = words[at] ?? 0;
    if (room < 0 || count > room || words[at + 1] !== 0) {
      this.#skipped += 1;
      return;
    }
    const end = at + 2 + count * 2;
    let space = user;
    for (at += 2; at < end; at += 2) {
      const low = words[at] ?? 0;
      const high = words[at + 1] ?? 0;
      if (high === 0xffffffff && low >= firstMarker) {
        if (low === context.user) space = user;
        else if (low === context.kernel) space = this.#frames.kernel;
        else if (low === context.hypervisor) space = this.#frames.elsewhere;
        else {
          this.#book.dropChain();
          return;
        }
        continue;
      }
      this.#book.push(this.#frames.at(space, high, low));
    }
  }

  #spaceOf(mode: Mode, user: AddressSpace<MappedCode>): AddressSpace<MappedCode> {
    return mode === 'user' ? user : mode === 'kernel' ? this.#frames.kernel : this.#frames.elsewhere;
  }

  #announce(thread: Thread): void {
    const { comm, tid, process } = thread;
    thread.announced = this.#threads;
    this.#threads += 1;
    // As stackcollapse-perf.pl reads `0/0`: it takes a tid of 0 for none.
    const pid = tid === 0 ? undefined : process.pid | 0;
    this.#visitor.thread({ comm, pid, tid: tid | 0 });
  }

  #text(from: number, size: number): string {
    return cString(this.#record.subarray(0, Math.min(size, from + longestPath)), from);
  }

  #u64(word: number): number {
    return (this.#words[word + 1] ?? 0) * 2 ** 32 + (this.#words[word] ?? 0);
  }
}

function nameOffset(type: number): number {
  return type === recordType.mmap2 ? 72 : 40;
}
