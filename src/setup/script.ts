import { shellLine } from '../util/shell-word.ts';
import type { Plan, PlanCommand, PlannedStep } from './plan.ts';
import type { SetupFacts } from './questions.ts';

/**
 * A plan as a POSIX sh script that a fresh machine can run, and run again: what is there is left alone. Paths below the
 * current and the home folder move with them.
 */
export function scriptOf(
  plan: Plan,
  facts: Pick<SetupFacts, 'cwd' | 'home'>,
  own: { readonly version: string; readonly program: string },
): string {
  const word = wordWriter(facts, plan.fixed ?? []);
  const variables = Object.entries(plan.variables).map(([name, value]) => `export ${name}=${word(value)}`);
  const usesPrepare = plan.steps.some(({ commands }) => commands.some(({ kind }) => kind === 'prepare'));
  return [
    '#!/bin/sh',
    `# Made by \`tasks setup --print-script\` (faasm-tasks ${own.version}). Run it in the folder where things shall be; run it`,
    '# again at will. FAASM_TASKS=FILE names a `tasks` that is not on PATH, or the tarball of it that `npm pack` makes.',
    'set -eu',
    'here=$PWD',
    '',
    ...runTasks(shellLine([own.program])),
    ...(usesPrepare ? PREPARE : []),
    ...(variables.length === 0 ? [] : [...variables, '']),
    ...plan.steps.flatMap((step) => [...stepLines(step, word), '']),
    `printf '%s\\n' ${word(`Ready. Next: ${plan.next}`)}`,
    '',
  ].join('\n');
}

/**
 * Whoever runs it: the `tasks` that is named, on PATH, or that printed the script (a clone is not on PATH). Never a package
 * looked up by its name, which would be whoever's has registered it.
 */
function runTasks(program: string): string[] {
  return [
    'if ! command -v node >/dev/null 2>&1; then',
    "  echo 'Node.js 20.19 or newer is needed: https://nodejs.org' >&2",
    '  exit 3',
    'fi',
    'run_tasks() {',
    `  case "\${FAASM_TASKS:-}" in`,
    `    *.tgz) npx --yes --package="$FAASM_TASKS" tasks "$@"; return ;;`,
    `    ?*) "$FAASM_TASKS" "$@"; return ;;`,
    '  esac',
    '  if command -v tasks >/dev/null 2>&1; then tasks "$@"',
    `  elif [ -e ${program} ]; then node ${program} "$@"`,
    '  else',
    "    echo 'tasks is not on this machine: FAASM_TASKS=CLONE/bin/tasks or FAASM_TASKS=faasm-tasks-VERSION.tgz says where it is' >&2",
    '    return 3',
    '  fi',
    '}',
    '',
  ];
}

const PREPARE = [
  '# With Ansible the playbook; without, the same commands by hand.',
  'prepare() {',
  '  if command -v ansible-playbook >/dev/null 2>&1; then run_tasks "$1"',
  '  else',
  '    lines=$(run_tasks --quiet "$1" --by-hand)',
  '    sh -euc "$lines"',
  '  fi',
  '}',
  '',
];

function stepLines({ title, commands, unless }: PlannedStep, word: (text: string) => string): string[] {
  const lines = commands.map((command) => commandLine(command, word));
  const head = `# ${title.replace(/[\r\n]+/g, ' ')}`;
  if (unless === undefined) return [head, ...lines];
  return [head, `if [ ! -e ${word(unless)} ]; then`, ...lines.map((line) => `  ${line}`), 'fi'];
}

function commandLine(command: PlanCommand, word: (text: string) => string): string {
  switch (command.kind) {
    case 'tasks':
      return ['run_tasks', ...command.args.map(word)].join(' ');
    case 'prepare':
      return `prepare ${word(command.task)}`;
    default:
      return command.argv.map(word).join(' ');
  }
}

/** Quotes an argument for sh; a path below a folder that the script knows starts with that variable. */
function wordWriter(
  { cwd, home }: Pick<SetupFacts, 'cwd' | 'home'>,
  fixed: readonly string[],
): (text: string) => string {
  const bases = [
    [cwd, '"$here"'],
    [home, '"$HOME"'],
  ] as const;
  return (text) => {
    if (fixed.includes(text)) return shellLine([text]);
    const [, flag = '', value = ''] = /^(--[\w-]+=)?([\s\S]*)$/.exec(text) ?? [];
    for (const [folder, variable] of bases) {
      if (folder === '/' || folder === '') continue;
      if (value === folder) return flag + variable;
      if (value.startsWith(`${folder}/`))
        return `${flag}${variable}${shellLine([value.slice(folder.length)])}`;
    }
    return shellLine([text]);
  };
}
