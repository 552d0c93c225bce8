import type { AddressNamer } from '../../import/callgrind.ts';
import { harmlessText, shortened } from '../../util/terminal-text.ts';
import type { CachegrindFile } from '../../valgrind/cachegrind-file.ts';
import { type AllocationPlace, type MassifFile, peakOf } from '../../valgrind/massif-file.ts';

/** A result for people and the same for programs. */
export interface CounterOutcome {
  readonly text: string;
  readonly data: Record<string, unknown>;
}

const MOST_LISTED = 15;

/** What massif saw: the peak and where its memory came from. */
export function massifOutcome(file: MassifFile, addresses: AddressNamer, columns: number): CounterOutcome {
  const peak = peakOf(file);
  const tree = peak?.tree;
  const places = (tree?.callers ?? []).map((place) => ({
    bytes: place.bytes,
    function: nameOf(place, addresses),
    callers: dearestWay(place).map((caller) => nameOf(caller, addresses)),
  }));
  const held = peak === undefined ? 0 : peak.heapBytes + peak.extraBytes + peak.stackBytes;
  const rows = places.slice(0, MOST_LISTED).map(({ bytes, function: name, callers }) => {
    const share = held === 0 ? 0 : (100 * bytes) / held;
    const from = callers.length === 0 ? '' : ` <- ${callers.slice(0, 3).join(' <- ')}`;
    const line = `${grouped(bytes).padStart(14)}  ${share.toFixed(1).padStart(5)} %  ${harmlessText(name + from)}`;
    return shortened(line, columns, '…');
  });
  const head = `${grouped(held)} bytes at the peak (${grouped(peak?.heapBytes ?? 0)} asked for, ${grouped(peak?.extraBytes ?? 0)} for the allocator), at ${grouped(peak?.time ?? 0)} ${timeUnits[file.timeUnit] ?? file.timeUnit}`;
  const last = file.snapshots.at(-1);
  return {
    text: [head, '', `${'bytes'.padStart(14)}  ${'share'.padStart(7)}  asked for by`, ...rows].join('\n'),
    data: {
      peakBytes: held,
      heapBytes: peak?.heapBytes ?? 0,
      extraBytes: peak?.extraBytes ?? 0,
      time: peak?.time ?? 0,
      timeUnit: file.timeUnit,
      atTheEndBytes: last === undefined ? 0 : last.heapBytes + last.extraBytes,
      places,
      snapshots: file.snapshots.map(({ time, heapBytes, extraBytes }) => ({ time, heapBytes, extraBytes })),
    },
  };
}

const timeUnits: Readonly<Record<string, string>> = { i: 'instructions', B: 'bytes asked for' };

function nameOf({ address, what }: AllocationPlace, addresses: AddressNamer): string {
  const isNameless = what === '???' || what === '';
  const known = isNameless && address !== undefined ? addresses(address)?.name : undefined;
  return known ?? what.replace(/ \(in (?:[^()]*\/)?([^()/]+)\)$/, ' ($1)');
}

/** The callers that the most of a place's memory came through, innermost first. */
function dearestWay(place: AllocationPlace): AllocationPlace[] {
  const [dearest] = place.callers.toSorted((a, b) => b.bytes - a.bytes);
  return dearest === undefined || dearest.address === undefined ? [] : [dearest, ...dearestWay(dearest)];
}

/** What cachegrind counted: functions by instructions, with their misses. */
export function cachegrindOutcome(
  { events, functions, totals }: CachegrindFile,
  columns: number,
): CounterOutcome {
  const row = (counts: readonly number[], what: string): string =>
    shortened(
      `${counts.map((count) => grouped(count).padStart(13)).join(' ')}  ${harmlessText(what)}`,
      Math.max(columns, 14 * counts.length + 40),
      '…',
    );
  const listed = functions
    .slice(0, MOST_LISTED)
    .map(({ name, file, counts }) => row(counts, `${name}  ${base(file)}`));
  const head = `${events.map((event) => event.padStart(13)).join(' ')}  function`;
  return {
    text: [row(totals, 'all'), '', head, ...listed].join('\n'),
    data: {
      events,
      totals: Object.fromEntries(events.map((event, at) => [event, totals[at] ?? 0])),
      functions: functions.map(({ name, file, counts }) => ({
        name,
        file,
        ...Object.fromEntries(events.map((event, at) => [event, counts[at] ?? 0])),
      })),
    },
  };
}

function base(file: string): string {
  return file === '???' ? '' : file.slice(file.lastIndexOf('/') + 1);
}

function grouped(value: number): string {
  return value.toLocaleString('en');
}
