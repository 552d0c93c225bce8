import { kernelAddress } from '../symbols/kallsyms.ts';
import { AddressSpace } from './address-space.ts';
import type { UnresolvedEvidence } from './evidence.ts';
import type { FrameTable } from './frame-table.ts';
import type { MappedCode } from './mapped-code.ts';

/** Addresses -> frames: each is resolved once, as long as nothing else is mapped there; what has no name is counted. */
export class AddressFrames {
  readonly kernel: AddressSpace<MappedCode> = new AddressSpace();
  /** Hypervisors and guests, which nobody describes. */
  readonly elsewhere: AddressSpace<MappedCode> = new AddressSpace();
  readonly #nowhere: MappedCode;
  readonly #book: FrameTable;
  /** Frames without a name, and where they are. */
  readonly #holes = new Map<number, { readonly code: MappedCode; readonly isMapped: boolean }>();
  readonly #unresolved = new Map<string, { code: MappedCode; isMapped: boolean; samples: number }>();
  #kernelFrames = 0;
  #namedKernelFrames = 0;

  /** `nowhere` is the code of addresses where nothing is mapped. */
  constructor(nowhere: MappedCode, book: FrameTable) {
    this.#nowhere = nowhere;
    this.#book = book;
  }

  /** There were kernel addresses, and none of them could be named. */
  get isKernelHidden(): boolean {
    return this.#kernelFrames > 0 && this.#namedKernelFrames === 0;
  }

  /** The frame of an address (its high and low 32 bits) as things are mapped now. */
  at(space: AddressSpace<MappedCode>, high: number, low: number): number {
    const { frames } = space;
    const slot = frames.slot(high, low);
    const frame = frames.frameAt(slot);
    const isKnown = frame >= 0 && space.isAlive(frames.regionAt(slot));
    return isKnown ? frame : this.#resolve(space, slot, high, low);
  }

  /** A sample ended in this frame. */
  countLeaf(frame: number): void {
    const hole = this.#holes.size === 0 ? undefined : this.#holes.get(frame);
    if (hole === undefined) return;
    const { code, isMapped } = hole;
    const known = this.#unresolved.get(code.dso);
    if (known === undefined) this.#unresolved.set(code.dso, { code, isMapped, samples: 1 });
    else known.samples += 1;
  }

  /** Binaries whose addresses have no name, by the samples that ended in them. */
  unresolved(): UnresolvedEvidence[] {
    const all = [...this.#unresolved.values()].sort((a, b) => b.samples - a.samples);
    return all.map(({ code, isMapped, samples }) => {
      const { dso, found } = code;
      if (!isMapped) return { dso, samples, why: 'not mapped', detail: '' };
      if (found === undefined || found.found) return { dso, samples, why: 'not in its symbols', detail: '' };
      return { dso, samples, why: found.reason, detail: found.detail };
    });
  }

  /** The frame of an address that was not looked up since something was mapped there. */
  #resolve(space: AddressSpace<MappedCode>, slot: number, high: number, low: number): number {
    const isKernel = space === this.kernel;
    const address = isKernel ? kernelAddress(high, low) : high * 2 ** 32 + low;
    const region = space.find(address);
    const displayName =
      high === 0 ? low.toString(16) : `${high.toString(16)}${low.toString(16).padStart(8, '0')}`;
    if (region === undefined) {
      const frame = this.#hole(this.#nowhere, displayName, false, isKernel);
      space.frames.set(slot, high, low, frame, space.nowhere);
      return frame;
    }
    const { code } = region;
    const offset = address - region.start + region.offset;
    let frame = code.frameAt(offset);
    if (frame < 0) {
      const { table } = code;
      const symbol = table === undefined ? -1 : table.find(offset);
      const pc = isKernel ? displayName : offset.toString(16);
      if (table === undefined || symbol < 0) frame = this.#hole(code, pc, true, isKernel);
      else {
        frame = this.#book.frame(pc, table.names(symbol), offset - table.start(symbol), code.dso);
        if (isKernel) this.#namedKernelFrames += 1;
      }
      if (isKernel) this.#kernelFrames += 1;
      code.setFrame(offset, frame);
    }
    space.frames.set(slot, high, low, frame, region.id);
    return frame;
  }

  #hole(code: MappedCode, pc: string, isMapped: boolean, isKernel: boolean): number {
    if (isKernel && !isMapped) this.#kernelFrames += 1;
    const frame = this.#book.frame(pc, [], 0, code.dso);
    this.#holes.set(frame, { code, isMapped });
    return frame;
  }
}
