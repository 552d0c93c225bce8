import { readFileSync, writeSync } from 'node:fs';
import { renderFlameGraph } from '../src/flamegraph/svg.ts';
import { CallTreeBuilder } from '../src/stacks/call-tree-builder.ts';

// Drawing alone, as a program: a file of folded stacks, the picture on stdout.
const builder = new CallTreeBuilder();
for (const line of readFileSync(process.argv[2] ?? '/dev/stdin', 'utf8').split('\n')) {
  const space = line.lastIndexOf(' ');
  if (space < 0) continue;
  let node = CallTreeBuilder.root;
  for (const name of line.slice(0, space).split(';'))
    node = builder.child(node, builder.frame(name, 'native'));
  builder.add(node, Number(line.slice(space + 1)), 0);
}
for (const chunk of renderFlameGraph(builder.build(), { title: 'Flame Graph' })) {
  const bytes = Buffer.from(chunk);
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
}
