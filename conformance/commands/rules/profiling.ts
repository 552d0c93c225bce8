import { parse } from 'shell-quote';
import { type Effects, nothing, type Ran } from '../effects.ts';
import type { RecordedCase } from '../recorded-case.ts';
import { type CommandRule, flagValue, hasTask, isProgram } from './rule.ts';

// flame and disas: recordings and modules are read directly, by one process.

const RUN = '${RUN}';

function isFlame(given: RecordedCase): boolean {
  return hasTask(given, 'flame', 'flame.general');
}

export const profilingRules: readonly CommandRule[] = [
  {
    name: 'operators in --cmd',
    reason: 'no shell runs it, so `|`, `>` and `;` are refused',
    covers: (given) =>
      isFlame(given) && parse(flagValue(given, 'cmd', 'c') ?? '').some((part) => typeof part !== 'string'),
    instead: () => nothing(false),
  },
  {
    name: 'direct reading',
    reason: "perf's recording is read as it is: no inject, no script, no Perl, no sed, nothing cloned; names come from the module",
    covers: isFlame,
    instead: (recorded, given) => {
      const recordings = recorded.commands.filter(({ argv }) => argv[0] === 'perf' && argv[1] === 'record');
      if (recorded.commands.length === 0) return recorded;
      return { ...recorded, ...directly(recorded, recordings, given) };
    },
  },
  {
    name: 'symbols from the module',
    reason: 'what func_sym would say is read from the function itself',
    covers: (given) => hasTask(given, 'disas', 'disas.symbols', 'disas.replace'),
    instead: (recorded) => ({ ...recorded, commands: recorded.commands.filter((ran) => !isProgram(ran, 'func_sym') && ran.argv[0] !== 'sed') }),
  },
];

/** One `perf record` for each of the original's, and the picture in the current folder. */
function directly(recorded: Effects, recordings: readonly Ran[], given: RecordedCase): Partial<Effects> {
  const files = new Map([...recorded.files].filter(([path]) => !path.startsWith('${PROJ_ROOT}/')));
  if (recordings.length > 0) files.set(`${given.cwd}/flame.svg`, 'there');
  const others = recorded.commands.filter(({ argv }) => argv[0] === 'cmake');
  return { success: true, files, commands: [...others, ...recordings.map((ran) => ours(ran, given))] };
}

function ours({ argv }: Ran, given: RecordedCase): Ran {
  const program = argv.slice(argv.indexOf('-g') + 1);
  const isOwnProgram = flagValue(given, 'cmd', 'c') !== undefined;
  return {
    argv: [
      'perf',
      '--buildid-dir',
      `${RUN}/buildid`,
      'record',
      ...argv.slice(2, argv.indexOf('-g')),
      ...['--call-graph', 'fp', '--no-bpf-event', '--no-buildid', '--no-buildid-cache'],
      ...['-o', `${RUN}/perf.data`, '--'],
      ...program,
    ],
    cwd: isOwnProgram ? given.cwd : RUN,
    env: { JITDUMPDIR: RUN },
  };
}
