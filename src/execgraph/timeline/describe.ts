import { formatDuration } from '../../util/display-text.ts';
import type { Scene } from './scene.ts';

/** What the page says about one call: a heading, and facts in pairs of what and how much. */
export interface Description {
  readonly name: string;
  readonly facts: readonly (readonly [string, string])[];
  readonly output: string;
}

/** Everything known about a call. */
export function describe(scene: Scene, call: number): Description {
  const { data } = scene;
  const facts: (readonly [string, string])[] = [
    ['id', String(data.id[call])],
    ['host', scene.host(call)],
  ];
  const known = scene.known(call);
  if (known === 'untold') facts.push(['start', 'nobody tells; drawn as long as its caller']);
  else facts.push(['start', formatMoment(scene.from(call) - data.rootMs)]);
  const running = data.running[call] ?? null;
  const total = scene.to(call) - scene.from(call);
  if (known === 'open') facts.push(['so far', formatDuration(total)]);
  if (running !== null) {
    facts.push(['duration', formatDuration(total)], ['running', formatDuration(running)]);
    facts.push(['waiting', formatDuration(total - running)]);
  }
  const children = scene.children[call]?.length ?? 0;
  if (children > 0) facts.push(['calls', String(children)]);
  const value = data.value[call] ?? null;
  facts.push(['state', value === null ? scene.state(call) : `${scene.state(call)}, returned ${value}`]);
  const early = scene.earlyMs(call);
  if (early > 0) facts.push(['clock', `starts ${formatDuration(early)} before its caller`]);
  const backwards = scene.backwardsMs(call);
  if (backwards > 0) facts.push(['clock', `ends ${formatDuration(backwards)} before it starts`]);
  if (scene.critical[call] === 1) facts.push(['path', 'critical']);
  return { name: scene.name(call), facts, output: scene.output(call) };
}

/** A moment, counted from the root's start, exact to the millisecond. */
function formatMoment(ms: number): string {
  const sign = ms < 0 ? '−' : '+';
  const size = Math.abs(ms);
  return size < 10_000 ? `${sign}${Math.round(size)} ms` : `${sign}${(size / 1000).toFixed(3)} s`;
}
