import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseArgs } from '../../src/runner/args.ts';
import { parseLine } from '../../src/runner/grammar.ts';
import { TaskTree } from '../../src/runner/tree.ts';
import { type PlanCommand, planOf } from '../../src/setup/plan.ts';
import type { SetupFacts } from '../../src/setup/questions.ts';
import { answersSchema, nextQuestion, type PartialAnswers, withAnswer } from '../../src/setup/questions.ts';
import { scriptOf } from '../../src/setup/script.ts';
import { tree as tasks } from '../../tasks/index.ts';

const test = suite('setup plan');

const bare: SetupFacts = {
  cwd: '/home/me/work',
  home: '/home/me',
  chosen: () => undefined,
  checkoutAt: () => 'absent',
  originOf: () => undefined,
  isElsewhere: false,
  lacksSubmodules: () => false,
  canWrite: (folder) => folder.startsWith('/home/me'),
  resolve: (path) => (path.startsWith('/') ? path : `/home/me/work/${path}`),
  lacks: { profile: [], build: [], monitor: [] },
};

/** Answers what is given, and takes the defaults for the rest. */
function answered(given: PartialAnswers, facts: SetupFacts = bare) {
  let answers = given;
  const asked: string[] = [];
  for (
    let question = nextQuestion(answers, facts);
    question !== undefined;
    question = nextQuestion(answers, facts)
  ) {
    asked.push(question.name);
    answers = withAnswer(answers, question.name, question.fallback(answers, facts), 'test', facts);
  }
  return { asked, answers: answersSchema.parse(answers) };
}

const lineOf = (command: PlanCommand): string =>
  command.kind === 'program'
    ? command.argv.join(' ')
    : command.kind === 'tasks'
      ? command.args.join(' ')
      : `prepare ${command.task}`;

const lines = (given: PartialAnswers, facts: SetupFacts = bare): string[] =>
  planOf(answered(given, facts).answers, facts).steps.flatMap(({ commands }) => commands.map(lineOf));

test('every line of tasks that a plan holds or ends with is one that tasks can read', async () => {
  const tree = new TaskTree(tasks);
  const lacking: SetupFacts = {
    ...bare,
    lacks: { profile: ['perf'], build: ['compilers', 'perf'], monitor: ['pcp'] },
  };
  const builds = ['auto', 'build'] as const;
  const given: PartialAnswers[] = [
    ...(['profile', 'build', 'invoke', 'monitor'] as const).map(
      (goal) => ({ goal, completion: 'bash' }) as const,
    ),
    ...builds.map((llvm) => ({ goal: 'build', perf: 'on', llvm, machine: 'on' }) as const),
  ];
  for (const some of given) {
    const plan = planOf(answered(some, lacking).answers, lacking);
    const typed = plan.steps.flatMap(({ commands }) =>
      commands.flatMap((command) =>
        command.kind === 'tasks' ? [command.args] : command.kind === 'program' ? [] : [[command.task]],
      ),
    );
    for (const line of [...typed, plan.next.split(' ').slice(1)]) {
      const { calls } = await parseLine(line, tree);
      assert.ok(calls.length > 0, line.join(' '));
      for (const { flags, given, found } of calls) parseArgs(flags, given, found.task.params);
    }
  }
});

test('only what matters is asked', () => {
  assert.equal(answered({}).asked, ['goal', 'completion']);
  assert.equal(answered({ goal: 'invoke' }).asked, ['cluster', 'completion']);
  const build = ['checkout', 'from', 'buildDir', 'buildType', 'perf', 'llvm', 'sanitiser', 'completion'];
  assert.equal(answered({ goal: 'build' }).asked, build);
  const there: SetupFacts = { ...bare, checkoutAt: () => 'checkout' };
  assert.equal(answered({ goal: 'build', perf: 'off' }, there).asked, [
    'checkout',
    'buildDir',
    'buildType',
    'sanitiser',
    'completion',
  ]);
  const lacking: SetupFacts = { ...bare, lacks: { profile: ['perf'], build: ['cmake'], monitor: [] } };
  assert.is(answered({ goal: 'build' }, lacking).answers.goal, 'build');
  assert.ok(
    lines({ goal: 'build' }, lacking).includes('prepare setup.compilers'),
    'a build needs a compiler',
  );
  assert.not.ok(
    lines({ goal: 'profile' }, lacking).includes('prepare setup.perf'),
    'the engine needs nothing',
  );
});

test('the plan of a build: cloned aside and moved, built for perf, proved, kept last', () => {
  assert.equal(lines({ goal: 'build', from: '/src/faasm' }), [
    'mkdir -p /home/me/work',
    'rm -rf /home/me/work/.faasm.partial',
    'git clone --recurse-submodules -- /src/faasm /home/me/work/.faasm.partial',
    'mv /home/me/work/.faasm.partial /home/me/work/faasm',
    'dev.cmake --build=RelWithDebInfo --perf --sanitiser=None',
    'dev.cc func_runner',
    'dev.cc func_sym',
    'dev.cc microbench_runner',
    'setup.functions',
    'flame demo echo --reps=2000 --data=foobar --output=flame.svg --engine=faasm',
    'config.set --goal=build --completion=none --checkout=/home/me/work/faasm --build-dir=/home/me/work/faasm/dev/native/build --install-dir=/home/me/work/faasm/dev/native/install --local-dir=/home/me/work/faasm/dev/faasm-local --build-type=RelWithDebInfo --perf=on --sanitiser=None --unset=llvm-dir',
  ]);
});

test('an LLVM of its own is built, used and kept', () => {
  const { answers } = answered({ goal: 'build', llvm: 'build' });
  const plan = planOf(answers, bare);
  assert.is(plan.variables['LLVM_DIR'], '/home/me/work/faasm/dev/llvm-perf/build');
  const all = lines({ goal: 'build', llvm: 'build' });
  assert.ok(all.includes('dev.llvm --force --components --dir=/home/me/work/faasm/dev/llvm-perf'));
  assert.match(all.at(-1) ?? '', /--llvm-dir=\/home\/me\/work\/faasm\/dev\/llvm-perf\/build/);
});

test('a checkout that is there: no clone, its submodules when they were forgotten', () => {
  const there: SetupFacts = { ...bare, checkoutAt: () => 'checkout' };
  assert.match(lines({ goal: 'build' }, there)[0] ?? '', /^dev\.cmake /);
  const forgot: SetupFacts = { ...there, lacksSubmodules: () => true };
  assert.is(
    lines({ goal: 'build' }, forgot)[0],
    'git -C /home/me/work/faasm submodule update --init --recursive',
  );
});

test('a cluster: host and port are kept apart', () => {
  const kept = (cluster: string): string => lines({ goal: 'invoke', cluster }).at(-1) ?? '';
  assert.match(kept('10.0.0.5:81'), / --planner-host=10\.0\.0\.5 --planner-port=81$/);
  assert.match(kept('planner'), / --planner-host=planner$/);
  assert.match(kept('[::1]:8080'), / --planner-host=::1 --planner-port=8080$/);
});

test('an answer that cannot be is refused with its place', () => {
  const refuse = (
    name: 'cluster' | 'goal' | 'from' | 'checkout',
    value: string,
    facts: SetupFacts = bare,
  ): string => {
    try {
      withAnswer({}, name, value, 'answers.json:2:3', facts);
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
    return 'accepted';
  };
  assert.is(
    refuse('goal', 'bild'),
    'answers.json:2:3: goal cannot be "bild": it is one of: profile, build, invoke, monitor',
  );
  assert.match(refuse('cluster', 'http://x/'), /expected HOST or HOST:PORT/);
  assert.match(refuse('cluster', 'x:99999'), /a port is 1 to 65535/);
  assert.match(refuse('from', '--upload-pack=evil'), /expected a URL or a path/);
  assert.match(refuse('checkout', '/etc', { ...bare, checkoutAt: () => 'other' }), /is no Faasm checkout/);
});

test('whatever is in a path, the script gives it to the programs as it is', () => {
  const name = fc.string({
    minLength: 1,
    unit: fc.constantFrom(...'ab c\'"$`\\;&|*?~#!(){}<>\n\t=-é'.split('')),
  });
  fc.assert(
    fc.property(name, name, (path, other) => {
      const plan = {
        steps: [
          {
            title: `a ${other}`,
            why: 'a test',
            commands: [
              {
                kind: 'program',
                argv: ['printf', '%s\\0', `/home/me/work/${path}`, `--x=/home/me/${other}`, other],
              },
            ],
          },
        ],
        variables: { CHECK: `/elsewhere/${path}` },
        next: other,
      } as const;
      const script = scriptOf(plan, bare, { version: '1.2.3', program: '/none/tasks.js' });
      const { stdout, stderr, status } = spawnSync('sh', ['-s'], {
        input: script,
        encoding: 'utf8',
        cwd: '/tmp',
        env: { PATH: process.env['PATH'] ?? '', HOME: '/root/other' },
      });
      assert.is(status, 0, stderr);
      assert.equal(
        stdout.split('\0').slice(0, 3),
        [`/tmp/${path}`, `--x=/root/other/${other}`, other],
        script,
      );
    }),
    { numRuns: 60 },
  );
});

test.run();
