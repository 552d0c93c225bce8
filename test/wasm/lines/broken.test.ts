import { readFileSync, rmSync } from 'node:fs';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TaskError } from '../../../src/util/errors.ts';
import { DebugSections } from '../../../src/wasm/lines/debug-sections.ts';
import { moduleLines } from '../../../src/wasm/lines/module-lines.ts';
import { readWasm } from '../../../src/wasm/wasm-module.ts';
import { noClang } from '../../support/machine.ts';
import { unless } from '../../support/unless.ts';
import { compiled, scratch, TINY_FLAGS, TINY_SOURCE, withSections } from './compiled.ts';

const built = unless(noClang, test);
const READ = [
  '.debug_info',
  '.debug_abbrev',
  '.debug_line',
  '.debug_str',
  '.debug_line_str',
  '.debug_str_offsets',
  '.debug_addr',
];

/** Everything that a module's lines say, and what was wrong. */
function everything(bytes: Uint8Array) {
  const problems: unknown[] = [];
  const module = readWasm(bytes);
  const lines = moduleLines(bytes, module, {
    path: '/nowhere/x.wasm',
    note: (error) => problems.push(error),
  });
  const count = module.importedFunctions.length + module.definedCount;
  const places = [
    ...Array.from({ length: count + 2 }, (_, index) => lines.declaration(index - 1)),
    ...Array.from({ length: 200 }, (_, offset) => lines.at(offset - 1)),
  ];
  return { places, problems };
}

function tiny(version: number): { bytes: Uint8Array; sections: DebugSections } {
  const folder = scratch();
  try {
    const path = compiled(folder, 'tiny', TINY_SOURCE, [...TINY_FLAGS, '-g', `-gdwarf-${version}`, '-O1']);
    const bytes = readFileSync(path);
    return { bytes, sections: new DebugSections(bytes, readWasm(bytes), 'tiny.wasm') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isHarmless(bytes: Uint8Array): void {
  const { places, problems } = everything(bytes);
  assert.ok(problems.length <= 1, 'told once');
  for (const problem of problems) {
    assert.instance(problem, TaskError);
    assert.match(
      problem instanceof Error ? problem.message : '',
      /^Could not read the debug information: at byte \d+ of /,
    );
  }
  for (const place of places) assert.ok(place === undefined || (place.line >= 1 && place.file !== ''));
}

for (const version of [2, 4, 5]) {
  built(`DWARF ${version}, each section cut at every byte: one problem or none, never a crash`, () => {
    const { bytes, sections } = tiny(version);
    assert.equal(everything(bytes).problems, []);
    let broken = 0;
    for (const name of READ) {
      const whole = sections.get(name) ?? new Uint8Array();
      for (let size = 0; size < whole.length; size++) {
        const cut = withSections(bytes, new Map([[name, whole.subarray(0, size)]]));
        isHarmless(cut);
        broken += everything(cut).problems.length;
      }
    }
    assert.ok(broken > 100, `${broken} cuts were noticed`);
  });

  built(`DWARF ${version} with any bytes changed: no crash, no hang`, () => {
    const { bytes, sections } = tiny(version);
    const change = fc.record({
      name: fc.constantFrom(...READ.filter((name) => sections.sizeOf(name) > 0)),
      at: fc.nat(2000),
      byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const contents = new Map<string, Uint8Array>();
        for (const { name, at, byte } of changes) {
          const content = contents.get(name) ?? Uint8Array.from(sections.get(name) ?? []);
          content[at % content.length] = byte;
          contents.set(name, content);
        }
        isHarmless(withSections(bytes, contents));
      }),
      { numRuns: 700 },
    );
  });
}

built('absurd sizes and counts are refused', () => {
  const { bytes } = tiny(5);
  const refused = (name: string, content: readonly number[], why: RegExp) => {
    const { problems } = everything(withSections(bytes, new Map([[name, Uint8Array.from(content)]])));
    assert.match(String(problems[0]), why);
  };
  const huge = [0xff, 0xff, 0xff, 0xff, 0x0f];
  // Version 5; header; then no columns, and four thousand million entries of nothing.
  const header = [5, 0, 4, 0, 32, 0, 0, 0, 1, 1, 1, 0xfb, 14, 1];
  const padding = Array.from({ length: 40 }, () => 0);
  const unit = (body: readonly number[]) => [body.length, 0, 0, 0, ...body];
  refused('.debug_line', unit([...header, 0, ...huge, ...padding]), /there cannot be 4294967295 entries/);
  refused('.debug_line', unit([...header.slice(0, 12), 0, 1, ...padding]), /line steps is 0/);
  refused('.debug_line', [0xff, 0xff, 0xff, 0x7f, 5, 0], /expected a line program/);
  refused('.debug_line', [0xf5, 0xff, 0xff, 0xff, 5, 0], /no unit's length/);
  refused(
    '.debug_info',
    unit([4, 0, 0xff, 0xff, 0xff, 0x7f, 4, ...padding]),
    /expected what another section points to/,
  );
});

built("units that read one another's abbreviations over and over are refused", () => {
  const { bytes } = tiny(4);
  // 3,000 units, each with a table that begins one abbreviation later in the same long section.
  const abbreviations = Array.from({ length: 30_000 }, (_, i) => [1 + (i % 100), 0x2e, 0, 0, 0]).flat();
  const units = Array.from({ length: 3000 }, (_, i) => {
    const table = i * 5;
    return [8, 0, 0, 0, 4, 0, table & 0xff, (table >> 8) & 0xff, 0, 0, 4, 0];
  }).flat();
  const contents = new Map([
    ['.debug_info', Uint8Array.from(units)],
    ['.debug_abbrev', Uint8Array.from([...abbreviations, 0])],
  ]);
  const { problems } = everything(withSections(bytes, contents));
  assert.match(String(problems[0]), /its tables overlap/);
});

test.run();
