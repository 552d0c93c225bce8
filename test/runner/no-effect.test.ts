import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { conditionTerms, parseArgs } from '../../src/runner/args.ts';
import { flagSet } from '../../src/runner/flags.ts';
import { parseLine } from '../../src/runner/grammar.ts';
import { TaskTree } from '../../src/runner/tree.ts';
import { UsageError } from '../../src/util/errors.ts';
import { tree } from '../../tasks/index.ts';

const root = new TaskTree(tree);

/** What the runner says of a line before anything runs: its first words, or that it is read. */
async function verdict(line: string): Promise<string> {
  try {
    const { calls } = await parseLine(line.split(' '), root);
    for (const { found, flags, given } of calls) parseArgs(flags, given, found.task.params);
    return 'read';
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

test('what conditions name is there: parameters of the same task, and values that they can have', async () => {
  let conditions = 0;
  for (const { fullName, task } of await root.list()) {
    const { params } = task;
    for (const { key, param } of flagSet(task).flags) {
      const all = [...(param.onlyWith ?? []), ...(param.notWith ?? [])];
      for (const term of all.flatMap(conditionTerms)) {
        conditions += 1;
        const of = params[term.key];
        assert.ok(of, `${fullName}: ${key} names ${term.key}`);
        assert.is.not(term.key, key, `${fullName}: ${key} names itself`);
        if (term.value === undefined || of.type !== 'string' || of.choices === undefined) continue;
        assert.ok(of.choices.includes(term.value), `${fullName}: ${key} with ${term.key}=${term.value}`);
      }
    }
  }
  assert.ok(conditions > 50, `${conditions}`);
});

const refused: Readonly<Record<string, string>> = {
  'bench s.csv o.csv --max-time=9': '--max-time has no effect without --target-error',
  'bench.history list o.csv': 'OUT has no effect without add',
  'bench.history --seed=3': '--seed has no effect without add',
  'bench.plot --history --range=all': '--range has no effect with --history',
  'debug.gdb demo echo --cmd=x --data=y': '--data has no effect with --cmd',
  'debug.gdb demo echo --core=c --break=f': '--break has no effect with --core',
  'debug.gdb demo echo --timeout=3': '--timeout has no effect without --batch or --core',
  'debug.valgrind demo echo --tool=massif --suppressions=f':
    '--suppressions has no effect without --tool=memcheck or --tool=helgrind',
  'dev.llvm --tarball=t --repository=r': '--repository has no effect with --tarball',
  'doctor --yes': '--yes has no effect without --fix',
  'flame --cmd=x --reps=3': '--reps has no effect with --cmd',
  'flame --cmd=x --data=y': '--data has no effect with --cmd',
  'flame --cmd=x --engine=faasm': '--engine has no effect with --cmd',
  'flame demo echo --event=cycles': '--event has no effect without --from',
  'flame demo echo --function=demo/echo': '--function has no effect without --from',
  'flame demo echo --sampler=v8 --call-graph=dwarf': '--call-graph has no effect with --sampler=v8',
  'flame demo echo --sampler=v8 --no-cache': '--cache has no effect with --sampler=v8',
  'flame demo echo --open --output=-': '--open has no effect with --output=-',
  'flame f --from=callgrind --reps=3': '--reps has no effect with --from',
  'flame f --from=callgrind --off-cpu=only': '--off-cpu has no effect with --from',
  'flame f --from=callgrind --keep': '--keep has no effect with --from',
  'flame.fold p --verify --output=o': '--output has no effect with --verify',
  'flame.fold p --event=a --event-filter=b': '--event-filter has no effect with --event',
  'invoke demo echo --asynch --output-file=o': '--output-file has no effect with --asynch without --poll',
  'invoke.status --timeout=3': '--timeout has no effect without --wait',
  'invoke.exec-graph --from=f --planner-host=h': '--planner-host has no effect with --from',
  'invoke.exec-graph --from=f --wait': '--wait has no effect with --from',
  'monitor --port=80': '--port has no effect without --html',
  'monitor.vector --stop --wait=3': '--wait has no effect with --stop',
  'perf.record --cmd=x --data=y': '--data has no effect with --cmd',
  'perf.report --frequency=9': '--frequency has no effect without USER or --cmd',
  'perf.script --cmd=x --reps=9': '--reps has no effect with --cmd',
  'planner.status --interval=3': '--interval has no effect without --watch',
  'run demo echo --engine=embedded --wamr': '--wamr has no effect with --engine=embedded',
  'setup.perf --undo --paranoid=1': '--paranoid has no effect with --undo',
  'setup.pcp --by-hand --check': '--check has no effect with --by-hand',
  'upload demo echo f --local-copy --upload-port=80': '--upload-port has no effect with --local-copy',
};

test('a flag that the rest of the line takes the effect from is refused', async () => {
  for (const [line, said] of Object.entries(refused)) assert.is(await verdict(line), said, line);
});

const accepted = [
  'bench s.csv o.csv --target-error=1% --max-time=9 --history --quiet',
  'bench.history add o.csv --seed=3',
  'bench.plot a.csv --range=all --seed=3',
  'debug.gdb demo echo --core=c --timeout=3',
  'debug.gdb demo echo --batch --timeout=3 --break=f --data=x',
  'doctor --fix --yes',
  'flame demo echo --cmd=x --frequency=99 --call-graph=dwarf --keep --timeout=3',
  'flame demo echo --reps=3 --data=x --engine=faasm --wasm=f.wasm --via=perf-script',
  'flame f --from=callgrind --function=demo/echo --open --reverse --focus=x',
  'flame.fold p --verify --kernel --pid',
  'invoke demo echo --asynch --poll --output-file=o',
  'invoke demo echo --asynch --graph --timeout=3',
  'invoke.exec-graph --wait --timeout=3',
  'monitor --html --open --port=80',
  'perf.inject demo echo --reps=3 --frequency=99 --input=x',
  'perf.report --input=x --focus=y',
  'planner.status --watch --interval=3',
  'run demo echo --wamr --sgx',
  'upload demo echo f --py --local-copy',
];

test('what names a thing is not empty', async () => {
  for (const line of [
    'flame demo echo --output=',
    'bench.plot --output=',
    'invoke demo echo --planner-host=',
  ])
    assert.match(await verdict(line), /^--[\w-]+ is empty$/, line);
  for (const line of ['run demo echo --data= --cmdline=', 'tests --test-case=', 'flame demo echo --title='])
    assert.is(await verdict(line), 'read', line);
});

test('what has an effect together is accepted', async () => {
  for (const line of accepted) assert.is(await verdict(line), 'read', line);
});

test('the examples of every task are lines that it takes', async () => {
  for (const { fullName, task } of await root.list())
    for (const example of task.examples ?? []) {
      const plain = /(?:^|&& |\| )tasks ([^|<>"'&`]+?)(?= [|<>&]|$)/.exec(example)?.[1];
      if (plain !== undefined) assert.is(await verdict(plain), 'read', `${fullName}: ${example}`);
    }
});

test.run();
