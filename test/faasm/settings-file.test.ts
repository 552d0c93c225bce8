import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readSettingsText, updatedSettingsText } from '../../src/faasm/settings-file.ts';

const test = suite('settings file');

const schema = 'file:///opt/schema.json';

const values = (text: string): Record<string, unknown> =>
  Object.fromEntries(readSettingsText(text, 'x').map(({ key, value }) => [key, value]));

test('taking a setting out leaves every comment and a file that can be read', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['{\n  "perf": true, // a\n  "goal": "build" // b\n}\n', '{\n  "perf": true // a\n   // b\n}\n'],
    ['{\n  "goal": "build", // b\n  "perf": true\n}\n', '{\n   // b\n  "perf": true\n}\n'],
    ['{\n  "perf": true,\n  "goal": "build",\n}\n', '{\n  "perf": true,\n}\n'],
    ['{\r\n  "perf": true,\r\n  "goal": "build"\r\n}\r\n', '{\r\n  "perf": true\r\n}\r\n'],
    ['{ "goal": "build" }\n', '{  }\n'],
    ['{"goal":"build","perf":true}\n', '{"perf":true}\n'],
    ['{\n  /* , */ "perf": true /* , */,\n  "goal": "build"\n}\n', '{\n  /* , */ "perf": true /* , */\n}\n'],
    ['{ "perf": true }\n', '{ "perf": true }\n'],
  ];
  for (const [before, after] of cases) {
    assert.is(updatedSettingsText(before, [['goal', undefined]], schema), after);
    assert.is(values(after)['goal'], undefined);
  }
});

test('whatever is changed: the others keep their values, every comment stays', () => {
  const comment = fc.constantFrom('', ' // one, two', ' /* {"perf": 1}, */', '\n  // "goal": "x",');
  const keys = ['perf', 'goal', 'buildDir', 'plannerPort'] as const;
  const start = { perf: true, goal: 'build', buildDir: 'a,b', plannerPort: 80 };
  const changed = { perf: false, goal: 'invoke', buildDir: '// no', plannerPort: 1 };
  const change = fc.tuple(fc.constantFrom(...keys), fc.boolean());
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...keys]),
      fc.array(comment, { minLength: 8, maxLength: 8 }),
      fc.boolean(),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      (order, comments, isTrailing, changes) => {
        const lines = order.map((key, index) => {
          const comma = index < order.length - 1 || isTrailing ? ',' : '';
          const [left = '', right = ''] = [comments[index], comments[index + 4]];
          // A line comment ends its line: what follows it stands on the next one.
          return `  "${key}": ${JSON.stringify(start[key])}${left}${left === '' ? '' : '\n '}${comma}${right}\n`;
        });
        const text = `{\n${lines.join('')}}\n`;
        const wanted: Record<string, unknown> = Object.fromEntries(order.map((key) => [key, start[key]]));
        const edits = changes.map(([key, isSet]) => [key, isSet ? changed[key] : undefined] as const);
        for (const [key, value] of edits) {
          if (value === undefined) delete wanted[key];
          else wanted[key] = value;
        }
        const after = updatedSettingsText(text, edits, schema);
        assert.equal(values(after), wanted, `${text}\n${after}`);
        for (const word of comments.slice(0, order.length).concat(comments.slice(4, 4 + order.length))) {
          assert.ok(after.includes(word.trim()), after);
        }
      },
    ),
    { numRuns: 400 },
  );
});

test.run();
