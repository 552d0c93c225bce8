import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kernelAddress, readKallsyms } from '../../../src/profile/symbols/kallsyms.ts';

const lines = [
  '0000000000000000 A fixed_percpu_data',
  'ffffffff81000000 T _stext',
  'ffffffff81000000 T _text',
  'ffffffff81000001 t one_byte_on',
  'ffffffff81000002 T after',
  'ffffffff81000100 r read_only',
  'ffffffff81000200 D some_data',
  'ffffffff81000300 t $x',
  'ffffffffc0a01010 t driver_init\t[snd_hda_codec_hdmi]',
  'ffffffffc0a01000 t driver_probe\t[snd_hda_codec_hdmi]',
  'ffffffffc0a09000 t bpf_prog_6deef7357e7b4530\t[bpf]',
  'ffff888000000010 t low_code\t[low]',
];
const text = Buffer.from(`${lines.join('\n')}\n`);

function namesAt(
  bytes: Uint8Array,
  ...addresses: (readonly [hi: number, lo: number])[]
): (string | undefined)[] {
  const { table } = readKallsyms(bytes);
  return addresses.map(([hi, lo]) => {
    const symbol = table?.find(kernelAddress(hi, lo)) ?? -1;
    return symbol < 0 ? undefined : table?.name(symbol);
  });
}

test('symbols one byte apart are told apart; of several at one address the last counts', () => {
  const high = 0xffffffff;
  const addresses = [0x80ffffff, 0x81000000, 0x81000001, 0x81000002, 0x810001ff, 0x81000200].map(
    (lo): [number, number] => [high, lo],
  );
  assert.equal(namesAt(text, ...addresses), [
    undefined,
    '_text',
    'one_byte_on',
    'after',
    'after',
    'some_data',
  ]);
});

test('addresses far below the last 4 GiB are exact', () => {
  assert.equal(namesAt(text, [0xffff8880, 0xf], [0xffff8880, 0x10], [0xffff8880, 0x11]), [
    undefined,
    'low_code',
    'low_code',
  ]);
});

test('the last symbol of the kernel and of a module ends after the next page', () => {
  const high = 0xffffffff;
  const found = namesAt(
    text,
    [high, 0x81001fff],
    [high, 0x81002000],
    [high, 0xc0a0100f],
    [high, 0xc0a02fff],
    [high, 0xc0a03000],
  );
  assert.equal(found, ['some_data', undefined, 'driver_probe', 'driver_init', undefined]);
});

test('symbols know their module', () => {
  const { table } = readKallsyms(text);
  const moduleAt = (lo: number) => table?.module(table.find(kernelAddress(0xffffffff, lo)));
  assert.equal([0x81000000, 0xc0a01000, 0xc0a09000].map(moduleAt), [undefined, 'snd_hda_codec_hdmi', 'bpf']);
});

test('another boot has its code elsewhere: the kernel is shifted, modules are left out', () => {
  const { table } = readKallsyms(text, 0x1000000);
  const symbol = table?.find(kernelAddress(0xffffffff, 0x82000001)) ?? -1;
  assert.is(table?.name(symbol), 'one_byte_on');
  assert.is(table?.find(kernelAddress(0xffffffff, 0xc0a01000)), -1);
});

test('hidden addresses are told from no symbols', () => {
  const hidden = readKallsyms(Buffer.from('0000000000000000 T _text\n0000000000000000 t x\n'));
  assert.equal([hidden.areHidden, hidden.table], [true, undefined]);
  const nothing = readKallsyms(Buffer.from('no symbols here\n'));
  assert.equal([nothing.areHidden, nothing.table], [false, undefined]);
});

test('cut anywhere and changed anyhow, it is read as far as it goes', () => {
  for (let length = 0; length <= text.length; length += 1)
    readKallsyms(text.subarray(0, length)).table?.find(0);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => readKallsyms(bytes).table?.find(0) !== null),
  );
});

test('120,000 lines are 120,000 symbols', () => {
  const many = Array.from(
    { length: 120_000 },
    (_, i) => `ffffffff${(0x81000000 + i * 64).toString(16)} T function_number_${i}\t[m]`,
  );
  const { table } = readKallsyms(Buffer.from(many.join('\n')));
  for (const i of [0, 77_777, 119_999])
    assert.is(table?.find(kernelAddress(0xffffffff, 0x81000000 + i * 64 + 1)), i);
});

test.run();
