import type { Scene } from './scene.ts';

/** How many calls there were at once, at most, in each of so many equal stretches of time. */
export function callsAtOnce(scene: Scene, fromMs: number, toMs: number, stretches: number): Uint32Array {
  const changes: { readonly ms: number; readonly by: number }[] = [];
  for (let call = 0; call < scene.count; call += 1) {
    if (scene.known(call) === 'untold') continue;
    changes.push(
      { ms: scene.from(call), by: 1 },
      { ms: Math.max(scene.to(call), scene.from(call) + 1), by: -1 },
    );
  }
  changes.sort((a, b) => a.ms - b.ms || a.by - b.by);
  const most = new Uint32Array(stretches);
  const stretchOf = (ms: number): number =>
    Math.min(stretches - 1, Math.max(0, Math.floor(((ms - fromMs) / (toMs - fromMs)) * stretches)));
  let now = 0;
  let reached = 0;
  for (const { ms, by } of changes) {
    const stretch = stretchOf(ms);
    for (let each = reached; each < stretch; each += 1) most[each] = Math.max(most[each] ?? 0, now);
    reached = stretch;
    if (by < 0) most[stretch] = Math.max(most[stretch] ?? 0, now);
    now += by;
    most[stretch] = Math.max(most[stretch] ?? 0, now);
  }
  return most;
}
