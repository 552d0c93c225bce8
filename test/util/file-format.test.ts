import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { outputFormats } from '../../src/flamegraph/formats.ts';
import { UsageError } from '../../src/util/errors.ts';
import { chooseFormat } from '../../src/util/file-format.ts';

const chosen = (name: string | undefined, asked?: string): string =>
  chooseFormat(outputFormats, name, asked).id;

test('the ending of a name tells the format, the longest first; --format chooses among several', () => {
  assert.equal(
    ['x.svg', 'X.PNG', 'x.pb.gz', 'x.speedscope.json', 'x.json', 'x.folded'].map((name) => chosen(name)),
    ['svg', 'png', 'pprof', 'speedscope', 'json', 'folded'],
  );
  assert.is(chosen('x.json', 'firefox'), 'firefox');
});

test('without a name, on a stream or without an ending --format alone decides', () => {
  assert.equal(
    [chosen(undefined), chosen('-', 'pprof'), chosen('/dev/stdout'), chosen('out', 'json')],
    ['svg', 'pprof', 'svg', 'json'],
  );
});

test('a name that no format has, or that contradicts --format, is a usage error with the endings', () => {
  const hints = (name: string, asked?: string): string => {
    try {
      return chosen(name, asked);
    } catch (error) {
      assert.instance(error, UsageError);
      return error instanceof UsageError ? error.hints.join('\n') : '';
    }
  };
  assert.match(hints('x.xyz'), /Known endings: \.svg \.png/);
  assert.match(hints('x.png', 'svg'), /Endings for svg: \.svg/);
  assert.match(hints('x.svg.gz', 'svg'), /Endings for svg: \.svg/);
});

test.run();
