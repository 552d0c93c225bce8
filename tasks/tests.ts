import { namespace, task } from './define.ts';

const tests = task({
  doc: `Run the C++ unit tests

All of them, or those of --test-case, --test-file, --test-dir or --from-file. They are Catch2's: a test case may be a
pattern or a tag. The environment is kept; what Faasm's tests want is laid over it (--dry shows it).`,
  examples: [
    'tasks tests',
    'tasks tests --test-case "Test some function" --debug',
    'tasks tests --test-dir=wasm --abort',
    'tasks tests --repeats=10 --random',
  ],
  params: {
    testCase: {
      type: 'string',
      short: 't',
      metavar: 'NAME',
      mayBeEmpty: true,
      help: 'The test of this name; also a pattern or a tag.',
    },
    testFile: {
      type: 'string',
      short: 'e',
      metavar: 'NAME',
      mayBeEmpty: true,
      help: 'Tests of this file, without folder and extension.',
    },
    testDir: {
      type: 'string',
      short: 's',
      metavar: 'DIR',
      mayBeEmpty: true,
      help: 'Tests of this folder below tests/test.',
    },
    fromFile: {
      type: 'string',
      short: 'f',
      metavar: 'FILE',
      mayBeEmpty: true,
      help: 'Tests that this file names, one a line.',
    },
    abort: { type: 'bool', short: 'a', help: 'Stop at the first failure.' },
    debug: { type: 'bool', short: 'd', help: 'Log what is of use when debugging.' },
    trace: { type: 'bool', short: 'r', help: 'Log everything.' },
    random: { type: 'bool', short: 'n', help: 'In random order.' },
    repeats: { type: 'int', short: 'p', min: 0, default: 1, help: 'How often; the first failure ends it.' },
  },
  run: async (args, context) => {
    const { runTests } = await import('../src/steps/faasm/run-tests.ts');
    await runTests(args, context);
  },
});

export default namespace({ doc: "Faasm's own tests", default: 'tests', tasks: { tests } });
