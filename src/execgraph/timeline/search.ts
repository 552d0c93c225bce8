import type { Scene } from './scene.ts';

/** The calls whose name, id, host, state or output holds the term, whatever its case. */
export function matchingCalls(scene: Scene, term: string): readonly number[] {
  const wanted = term.toLowerCase();
  const holds = (texts: readonly string[]): boolean[] =>
    texts.map((text) => text.toLowerCase().includes(wanted));
  const names = holds(scene.data.names);
  const outputs = holds(scene.data.outputs);
  const hosts = holds(scene.data.lanes.map(({ host }) => host));
  const calls: number[] = [];
  for (let call = 0; call < scene.count; call += 1) {
    const { data } = scene;
    const isMatch =
      names[data.name[call] ?? -1] === true ||
      hosts[data.lane[call] ?? -1] === true ||
      outputs[data.output[call] ?? -1] === true ||
      scene.state(call) === wanted ||
      String(data.id[call]) === wanted;
    if (isMatch) calls.push(call);
  }
  return calls;
}
