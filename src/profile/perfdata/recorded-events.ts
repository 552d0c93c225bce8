import { AddressTable } from './address-table.ts';
import { type EventAttr, type RecordLayout, recordLayout } from './attr.ts';
import { eventName } from './event-names.ts';
import type { RecordedEvent } from './features.ts';

/** An event of a recording, ready to read its records. */
export interface EventReader {
  name: string;
  readonly attr: EventAttr;
  readonly layout: RecordLayout;
  samples: number;
}

/** The events of a recording, found by the id in each record. */
export class RecordedEvents {
  readonly all: EventReader[] = [];
  readonly #byId = new AddressTable();

  constructor(events: readonly RecordedEvent[]) {
    for (const event of events) this.add(event);
  }

  add({ name, attr, ids }: RecordedEvent): void {
    const number =
      this.all.push({ name: name ?? eventName(attr), attr, layout: recordLayout(attr), samples: 0 }) - 1;
    for (const id of ids) {
      const [high, low] = [Number(id >> 32n), Number(id & 0xffffffffn)];
      const slot = this.#byId.slot(high, low);
      if (this.#byId.frameAt(slot) < 0) this.#byId.set(slot, high, low, number, 0);
    }
  }

  /** Gives events of a pipe the names that come after them. */
  rename(events: readonly RecordedEvent[]): void {
    for (const [i, { name }] of events.entries()) {
      const known = this.all[i];
      if (known !== undefined && name !== undefined) known.name = name;
    }
  }

  /** Gives the event with an id its name. */
  renameById(high: number, low: number, name: string): void {
    const event = this.all[this.#byId.frameAt(this.#byId.slot(high, low))];
    if (event !== undefined) event.name = name;
  }

  get first(): EventReader | undefined {
    return this.all[0];
  }

  /** The event of a SAMPLE (as 32-bit words). */
  ofSample(words: Uint32Array): EventReader | undefined {
    const [first] = this.all;
    if (this.all.length < 2 || first === undefined || first.layout.id < 0) return first;
    return this.#withId(words, first.layout.id >> 2);
  }

  /** The event of any other record of `size` bytes. */
  ofRecord(words: Uint32Array, size: number): EventReader | undefined {
    const [first] = this.all;
    if (this.all.length < 2 || first === undefined || first.layout.idFromEnd < 0) return first;
    return this.#withId(words, (size - first.layout.idFromEnd) >> 2) ?? first;
  }

  #withId(words: Uint32Array, at: number): EventReader | undefined {
    return this.all[this.#byId.frameAt(this.#byId.slot(words[at + 1] ?? 0, words[at] ?? 0))];
  }
}

const softwareEvent = 1;
const contextSwitches = 3n;

/** Samples of a context switch: the software event, or the scheduler's tracepoint. */
export function isSwitchEvent({ attr, name }: EventReader): boolean {
  return (
    (attr.type === softwareEvent && attr.config === contextSwitches) || name.startsWith('sched:sched_switch')
  );
}
