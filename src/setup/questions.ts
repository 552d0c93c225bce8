import { join } from 'node:path';
import { buildTypes, sanitisers, settingDefaults } from '../faasm/setting-keys.ts';
import { FAASM_URL, type PartialAnswers, type QuestionName } from './answers.ts';
import type { SetupFacts } from './facts.ts';

interface Choice {
  readonly value: string;
  readonly name: string;
}

/** One thing that setup may have to know. */
export interface Question {
  readonly name: QuestionName;
  readonly message: string;
  /** What is offered; undefined for free text. */
  readonly choices: readonly Choice[] | undefined;
  /** Whether it matters, given the answers so far. */
  readonly applies: (answers: PartialAnswers, facts: SetupFacts) => boolean;
  /** What `--yes` takes and a prompt offers. */
  readonly fallback: (answers: PartialAnswers, facts: SetupFacts) => string;
  /** What is wrong with an answer beyond its form. */
  readonly objection?: (answer: string, facts: SetupFacts) => string | undefined;
}

const same = (values: readonly string[]): Choice[] => values.map((value) => ({ value, name: value }));
const forBuild = ({ goal }: PartialAnswers): boolean => goal === 'build';
const onOff = (isOn: boolean): string => (isOn ? 'on' : 'off');

/** Every question, in the order they are asked. */
export const questions: readonly Question[] = [
  {
    name: 'goal',
    message: 'What do you want to do?',
    choices: [
      { value: 'profile', name: 'Profile a function, with the embedded engine (nothing to build)' },
      { value: 'build', name: 'Build Faasm, for profiling or for work on it' },
      { value: 'invoke', name: 'Invoke functions on a cluster' },
      { value: 'monitor', name: 'Monitor a cluster' },
    ],
    applies: () => true,
    fallback: (_answers, { chosen }) => chosen('goal') ?? 'profile',
  },
  {
    name: 'checkout',
    message: 'Where is the Faasm checkout (or where shall it go)?',
    choices: undefined,
    applies: forBuild,
    fallback: (_answers, { chosen, cwd }) => chosen('checkout') ?? join(cwd, 'faasm'),
    objection: (path, { checkoutAt, resolve }) =>
      checkoutAt(resolve(path)) === 'other' ? 'it is there, and is no Faasm checkout' : undefined,
  },
  {
    name: 'from',
    message: 'Clone it from which URL or path?',
    choices: undefined,
    applies: ({ goal, checkout }, { checkoutAt }) =>
      goal === 'build' && checkout !== undefined && ['absent', 'empty'].includes(checkoutAt(checkout)),
    fallback: ({ checkout = '' }, { originOf }) => originOf(checkout) ?? FAASM_URL,
  },
  {
    name: 'buildDir',
    message: 'Build it in which folder?',
    choices: undefined,
    applies: forBuild,
    fallback: ({ checkout = '' }, facts) => {
      const { chosen, canWrite } = facts;
      const { buildDir } = settingDefaults;
      const usual = canWrite(buildDir) ? buildDir : join(checkout, 'dev/native/build');
      return chosen('buildDir') ?? usual;
    },
    objection: (path, { canWrite, isElsewhere, resolve }) =>
      isElsewhere || canWrite(resolve(path)) ? undefined : 'you may not write there',
  },
  {
    name: 'buildType',
    message: 'Which build type?',
    choices: same(buildTypes),
    applies: forBuild,
    fallback: (_answers, { chosen }) => chosen('buildType') ?? 'RelWithDebInfo',
  },
  {
    name: 'perf',
    message: 'Build for profiling with perf?',
    choices: [
      { value: 'on', name: 'Yes: functions have names in flame graphs' },
      { value: 'off', name: 'No' },
    ],
    applies: forBuild,
    fallback: (_answers, { chosen }) => onOff(chosen('perf') ?? true),
  },
  {
    name: 'llvm',
    message: 'Which LLVM?',
    choices: [
      { value: 'auto', name: 'The one that is installed (Debian’s can describe its code to perf)' },
      { value: 'build', name: 'Build one for perf first (an hour or more)' },
      { value: 'dir', name: 'One in a folder of mine' },
    ],
    applies: ({ goal, perf }) => goal === 'build' && perf === 'on',
    fallback: ({ llvmDir }, { chosen }) =>
      llvmDir === undefined && chosen('llvmDir') === undefined ? 'auto' : 'dir',
  },
  {
    name: 'llvmDir',
    message: 'Which folder is it in?',
    choices: undefined,
    applies: ({ goal, perf, llvm }) => goal === 'build' && perf === 'on' && llvm === 'dir',
    fallback: (_answers, { chosen }) => chosen('llvmDir') ?? '/usr/local',
  },
  {
    name: 'sanitiser',
    message: 'Which sanitiser?',
    choices: same(sanitisers),
    applies: forBuild,
    fallback: (_answers, { chosen }) => chosen('sanitiser') ?? 'None',
  },
  {
    name: 'cluster',
    message: "Where does the cluster's planner listen (HOST or HOST:PORT)?",
    choices: undefined,
    applies: ({ goal }) => goal === 'invoke' || goal === 'monitor',
    fallback: (_answers, { chosen }) => {
      const host = chosen('plannerHost') ?? settingDefaults.plannerHost;
      return `${host.includes(':') ? `[${host}]` : host}:${chosen('plannerPort') ?? settingDefaults.plannerPort}`;
    },
    objection: (answer) => {
      const port = /\d:(\d+)$|\]:(\d+)$|[^\]]:(\d+)$/.exec(answer)?.slice(1).find(Boolean);
      return port !== undefined && (Number(port) < 1 || Number(port) > 65_535)
        ? 'a port is 1 to 65535'
        : undefined;
    },
  },
  {
    name: 'machine',
    message: 'Prepare this machine first (packages, kernel settings; may need sudo)?',
    choices: [
      { value: 'on', name: 'Yes' },
      { value: 'off', name: 'No' },
    ],
    applies: ({ goal }, { lacks }) => goal !== undefined && goal !== 'invoke' && lacks[goal].length > 0,
    // The embedded engine profiles without perf; a build goes nowhere without a compiler.
    fallback: ({ goal }) => onOff(goal !== 'profile'),
  },
  {
    name: 'completion',
    message: 'Complete `tasks` lines in which shell?',
    choices: same(['none', 'bash', 'zsh', 'fish']),
    applies: ({ goal }) => goal !== undefined,
    fallback: (_answers, { chosen }) => chosen('completion') ?? 'none',
  },
];

/** The first question that matters and has no answer. */
export function nextQuestion(answers: PartialAnswers, facts: SetupFacts): Question | undefined {
  return questions.find(({ name, applies }) => answers[name] === undefined && applies(answers, facts));
}
