import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderFirefox } from '../../src/flamegraph/firefox.ts';
import { renderJson } from '../../src/flamegraph/json.ts';
import { reversed as reversedTree } from '../../src/flamegraph/layout.ts';
import { renderPprof } from '../../src/flamegraph/pprof.ts';
import { renderSpeedscope } from '../../src/flamegraph/speedscope.ts';
import { renderFlameGraph } from '../../src/flamegraph/svg.ts';
import { CallTreeBuilder } from '../../src/stacks/call-tree-builder.ts';

const ECHO = { file: '/src/echo.c', line: 12 };
const HOSTILE = { file: '/src/<a>&"b\u202e.c', line: 3 };

const builder = new CallTreeBuilder();
const echo = builder.child(CallTreeBuilder.root, builder.frame('echo', 'wasm', ECHO));
builder.add(builder.child(echo, builder.frame('odd', 'wasm', HOSTILE)), 5, 5);
builder.add(builder.child(echo, builder.frame('memcpy', 'native')), 5, 5);
const tree = builder.build();
const text = (chunks: Iterable<string>) => [...chunks].join('');

test('tooltips say where a function is declared; the page has it for the frames that it explains itself', () => {
  const svg = text(renderFlameGraph(tree, { title: 'x' }));
  assert.match(svg, '<title>echo — echo.c:12 (10 samples, 100%)</title>');
  assert.match(svg, '<title>odd — &lt;a&gt;&amp;&quot;b\\u{202e}.c:3 (5 samples, 50.00%)</title>');
  assert.match(svg, '<title>memcpy (5 samples, 50.00%)</title>');
  const data = /<script id="data"[^>]*>(.*)<\/script>/.exec(svg)?.[1] ?? '';
  const { names, places } = JSON.parse(data);
  assert.is(places[names.indexOf('echo')], 'echo.c:12');
  assert.is(places[names.indexOf('memcpy')], '');
  assert.match(text(renderFlameGraph(tree, { title: 'x', reverse: true })), '<title>odd — ');
});

test('a graph without places says nothing of them', () => {
  const plain = new CallTreeBuilder();
  plain.add(plain.child(CallTreeBuilder.root, plain.frame('echo', 'wasm')), 1, 1);
  assert.not.match(text(renderFlameGraph(plain.build(), { title: 'x' })), '"places":');
});

test('functions of one name in different places are one frame without a place', () => {
  const both = new CallTreeBuilder();
  const id = both.frame('step', 'wasm', ECHO);
  assert.is(both.frame('step', 'wasm', { ...ECHO }), id);
  assert.equal(both.build().frames[id], { name: 'step', kind: 'wasm', place: ECHO });
  assert.is(both.frame('step', 'wasm', { file: '/src/other.c', line: 12 }), id);
  assert.is(both.frame('step', 'wasm', ECHO), id);
  assert.equal(both.build().frames[id], { name: 'step', kind: 'wasm' });
});

test('JSON and speedscope have file and line', () => {
  const root = JSON.parse(text(renderJson(tree, { title: 'x' }))).root;
  const [node] = root.children;
  assert.is(node.file, '/src/echo.c');
  assert.is(node.line, 12);
  assert.not.ok('file' in node.children[0] && node.children[0].name === 'memcpy');
  const { frames } = JSON.parse(text(renderSpeedscope(tree, { title: 'x' }))).shared;
  assert.equal(frames[0], { name: 'echo', file: 'wasm /src/echo.c', line: 12 });
  assert.equal(frames[2], { name: 'memcpy', file: 'native' });
});

test('Firefox Profiler and pprof have file and line', async () => {
  const { shared } = JSON.parse(text(renderFirefox(tree, { title: 'x' })));
  const strings = shared.stringArray;
  const fileOf = (func: number) => strings[shared.sources.filename[shared.funcTable.source[func]]];
  assert.is(fileOf(0), '/src/echo.c');
  assert.equal(shared.funcTable.lineNumber, [12, 3, null]);
  assert.is(shared.funcTable.source[2], null);
  for (const column of Object.values(shared.sources)) {
    if (Array.isArray(column)) assert.is(column.length, shared.sources.length);
  }
  const profile = Profile.decode(gunzipSync(await renderPprof(reversedTree(tree), { title: 'x' })));
  const described = profile.function.map((each) => {
    const [name, file] = [each.name, each.filename].map((id) => profile.stringTable.strings[Number(id)]);
    return `${name} ${file} ${each.startLine}`;
  });
  assert.ok(described.includes('echo /src/echo.c 12'), described.join());
  assert.ok(described.includes('memcpy native 0'));
});

test.run();
