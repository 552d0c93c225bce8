import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { SampleSource } from '../../src/profile/samples.ts';
import { fold } from '../../src/stacks/fold.ts';
import { type InlineFinder, withInlinedCalls } from '../../src/stacks/inlined-calls.ts';

const bin = '/usr/bin/program';

/** 2000 samples in `hot` called by `main` at two places, and one in `rare`, all with addresses of `bin`. */
const source: SampleSource = {
  read: async (visitor) => {
    visitor.frame({ pc: '110', symbol: 'hot+0x10', dso: bin });
    visitor.frame({ pc: '220', symbol: 'main+0x20', dso: bin });
    visitor.frame({ pc: '300', symbol: 'rare+0x0', dso: bin });
    visitor.frame({ pc: '0', symbol: '[unknown]', dso: bin });
    visitor.frame({ pc: 'ffffffff81000000', symbol: 'entry+0x1', dso: '[kernel.kallsyms]' });
    visitor.thread({ comm: 'program', pid: 1, tid: 1 });
    for (let i = 0; i < 2000; i += 1) visitor.sample(0, 1, Uint32Array.of(0, 1), 2);
    visitor.sample(0, 1, Uint32Array.of(2, 1), 2);
    visitor.sample(0, 1, Uint32Array.of(3, 1), 2);
    visitor.sample(0, 1, Uint32Array.of(4, 1), 2);
    return { samples: 2003, event: undefined, events: new Map(), filteredSamples: 0, skippedLines: 0 };
  },
};

async function folded(find: InlineFinder, callersAreReturns: boolean): Promise<string> {
  const { chunks } = await fold(withInlinedCalls(source, { find, callersAreReturns }));
  return Buffer.concat([...chunks]).toString('latin1');
}

test('inlined calls stand between a function and what it called, innermost last, and are marked', async () => {
  const asked: unknown[] = [];
  const find: InlineFinder = async (dso, offsets, share) => {
    asked.push([dso, offsets, share > 0.99]);
    return new Map([
      [0x110, ['deep', 'shallow']],
      [0x21f, ['around']],
    ]);
  };
  const text = await folded(find, true);
  // A thousandth of 2003 samples is more than the two of `rare`; return addresses are looked up before them.
  assert.equal(asked, [[bin, [0x110, 0x21f], true]]);
  assert.is(
    text,
    [
      'program;main;around_[i];[program] 1',
      'program;main;around_[i];entry 1',
      'program;main;around_[i];hot;shallow_[i];deep_[i] 2000',
      'program;main;around_[i];rare 1',
      '',
    ].join('\n'),
  );
});

test('callers that were unwound are calls themselves', async () => {
  const asked: (readonly number[])[] = [];
  await folded(async (_dso, offsets) => {
    asked.push(offsets);
    return new Map();
  }, false);
  assert.equal(asked, [[0x110, 0x220]]);
});

test('without any inlined call nothing changes', async () => {
  const { chunks } = await fold(source);
  const plain = Buffer.concat([...chunks]).toString('latin1');
  assert.is(await folded(async () => new Map(), true), plain);
});

test.run();
