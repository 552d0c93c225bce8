import { displayText, formatDuration } from '../../util/display-text.ts';
import { noHost, statsOf } from '../call-stats.ts';
import type { DrawnNode } from '../folding.ts';
import { groupBy, type MeasuredCall } from '../measure.ts';

/** The text in one box. Safe to show, not yet escaped for any format. */
export interface BoxText {
  /** The function, or how many calls are not drawn. */
  readonly name: string;
  /** `×128` for siblings that are drawn as one, else empty. */
  readonly times: string;
  /** Times, return value. */
  readonly lines: readonly string[];
  /** What went wrong, in short, to be said after the first line; empty when nothing did. */
  readonly trouble: string;
  readonly host: string;
  /** Everything that is known, a fact a line: for a tooltip and for screen readers. */
  readonly facts: readonly string[];
}

/** What a box says. */
export function boxText({ calls, hidden }: DrawnNode): BoxText {
  const [call] = calls;
  if (call === undefined) {
    const name = `${hidden} more ${hidden === 1 ? 'call' : 'calls'}`;
    return {
      name,
      times: '',
      lines: [],
      trouble: '',
      host: '',
      facts: [`${name} that ${hidden === 1 ? 'is' : 'are'} not drawn`],
    };
  }
  const times = calls.length === 1 ? '' : `×${calls.length}`;
  const isNameless = call.message === undefined;
  const lines = calls.length === 1 ? linesOf(call) : linesOfMany(calls);
  return {
    name: isNameless && calls.length > 1 ? 'calls' : displayText(call.name),
    times,
    lines,
    trouble: troubleOf(calls, call),
    host: hostText(calls),
    facts: calls.length === 1 ? factsOf(call) : factsOfMany(calls, call),
  };
}

function hostText(calls: readonly MeasuredCall[]): string {
  const hosts = new Set(calls.map(({ host }) => host));
  const [only] = hosts;
  return hosts.size > 1 ? `${hosts.size} hosts` : displayText(only ?? '');
}

function linesOf({ totalMs, message, state }: MeasuredCall): string[] {
  if (message === undefined) return [];
  const took =
    totalMs === undefined ? (state === 'unfinished' ? 'running' : 'time unknown') : formatDuration(totalMs);
  const value = message.returnValue;
  return [value === undefined || state === 'failed' ? took : `${took}, returned ${value}`];
}

function linesOfMany(calls: readonly MeasuredCall[]): string[] {
  const { p50Ms, p90Ms, maxMs } = statsOf(calls);
  if (p50Ms === undefined || p90Ms === undefined || maxMs === undefined) return [];
  return [`p50 ${formatDuration(p50Ms)}, p90 ${formatDuration(p90Ms)}`, `max ${formatDuration(maxMs)}`];
}

function troubleOf(calls: readonly MeasuredCall[], { state, message }: MeasuredCall): string {
  if (state === 'unfinished') return message === undefined ? 'no result yet' : 'unfinished';
  if (state === 'missing') return 'no result';
  if (state !== 'failed') return '';
  const values = new Set(calls.map((call) => call.message?.returnValue));
  return values.size === 1 ? `failed (${message?.returnValue})` : 'failed';
}

function factsOf(call: MeasuredCall): string[] {
  const { node, message, totalMs, runningMs, waitingMs, offsetMs, state } = call;
  const output = displayText((message?.output ?? '').slice(0, 200).trim());
  return [
    displayText(call.name),
    `call ${node.id}`,
    ...(call.host === undefined ? [] : [`on ${displayText(call.host)}`]),
    stateLabels[state],
    ...(message?.returnValue === undefined ? [] : [`returned ${message.returnValue}`]),
    ...(totalMs === undefined ? [] : [`took ${formatDuration(totalMs)}`]),
    ...(runningMs === undefined || waitingMs === undefined || waitingMs === 0
      ? []
      : [`running ${formatDuration(runningMs)}, waiting for calls ${formatDuration(waitingMs)}`]),
    ...(offsetMs === undefined || call.depth === 0
      ? []
      : [`started ${formatDuration(offsetMs)} after the first call`]),
    ...Object.entries(message?.details ?? {}).map(([key, value]) => displayText(`${key}: ${value}`)),
    ...(output === '' ? [] : [`wrote: ${output}`]),
  ];
}

function factsOfMany(calls: readonly MeasuredCall[], first: MeasuredCall): string[] {
  const { totalMs, runningMs } = statsOf(calls);
  return [
    `${calls.length} calls${first.message === undefined ? '' : ` of ${displayText(first.name)}`}`,
    ...hostFacts(calls),
    stateLabels[first.state],
    ...linesOfMany(calls),
    `together ${formatDuration(totalMs)}, of it running ${formatDuration(runningMs)}`,
  ];
}

function hostFacts(calls: readonly MeasuredCall[]): string[] {
  const hosts = [...groupBy(calls, ({ host }) => host ?? noHost)].map(
    ([host, members]) => `${displayText(host)} (${members.length})`,
  );
  return [`on ${hosts.slice(0, 10).join(', ')}${hosts.length > 10 ? ` and ${hosts.length - 10} more` : ''}`];
}

const stateLabels = {
  succeeded: 'succeeded',
  failed: 'failed',
  unfinished: 'has no result yet',
  missing: 'has no result: never ran, or forgotten',
} as const;

/** How calls of one host look. */
export interface HostStyle {
  readonly host: string | undefined;
  /** For a surface under black text. */
  readonly tint: string;
  /** For a stripe or a line. */
  readonly strong: string;
  readonly calls: number;
}

// Okabe and Ito's colours (https://jfly.uni-koeln.de/color/), which stay apart for every kind of colour vision; ordered so
// that neighbours differ in lightness too. Vermilion is left out: red means failure here. Tints are mixed with white.
const palette: readonly (readonly [tint: string, strong: string])[] = [
  ['#ddeefa', '#0072b2'],
  ['#fdf0d5', '#e69f00'],
  ['#d5efe6', '#009e73'],
  ['#fcfacb', '#c8b900'],
  ['#e4e0f5', '#5b4a9c'],
  ['#e3f3fc', '#56b4e9'],
  ['#ece7e0', '#8a6d4b'],
  ['#f5e2ed', '#cc79a7'],
];
const nowhere = ['#f4f4f4', '#8c8c8c'] as const;

/** The surface of boxes whose calls ran on several hosts. */
export const mixedTint = '#f6f6f7';

/** A style a host, in the order of the hosts' names; hosts beyond the eighth share colours, and their names tell them apart. */
export function hostStyles(calls: readonly MeasuredCall[]): ReadonlyMap<string | undefined, HostStyle> {
  const told = calls.filter(({ message }) => message !== undefined);
  const members = groupBy(told, ({ host }) => host);
  const named = [...members.keys()].flatMap((host) => (host === undefined ? [] : [host]));
  named.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const order = members.has(undefined) ? [...named, undefined] : named;
  return new Map(
    order.map((host, at) => {
      const [tint, strong] = host === undefined ? nowhere : (palette[at % palette.length] ?? nowhere);
      return [host, { host, tint, strong, calls: members.get(host)?.length ?? 0 }];
    }),
  );
}
