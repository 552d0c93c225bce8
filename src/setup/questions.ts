import { join } from 'node:path';
import { z } from 'zod';
import {
  buildTypes,
  goals,
  type SettingKey,
  type SettingValues,
  sanitisers,
  settingDefaults,
  shells,
} from '../faasm/setting-keys.ts';
import { trusted } from '../util/brand.ts';
import { UsageError } from '../util/errors.ts';
import { didYouMean } from '../util/near.ts';

export const llvmChoices = ['auto', 'build', 'dir'] as const;
export const FAASM_URL = 'https://github.com/faasm/faasm.git';

const onOrOff = z.enum(['on', 'off']);
const path = z.string().min(1, 'expected a path');
const cluster = z
  .string()
  .regex(/^[^\s/:]+(:\d{1,5})?$|^\[[0-9a-f:]+\](:\d{1,5})?$/i, 'expected HOST or HOST:PORT');

/** What each question takes, whoever answers it: a person, a flag, a file. */
export const answerSchemas = {
  goal: z.enum(goals),
  checkout: path,
  from: z.string().regex(/^[^-\s]/, 'expected a URL or a path'),
  buildDir: path,
  buildType: z.enum(buildTypes),
  perf: onOrOff,
  llvm: z.enum(llvmChoices),
  llvmDir: path,
  sanitiser: z.enum(sanitisers),
  cluster,
  machine: onOrOff,
  completion: z.enum(shells),
} as const;

export type QuestionName = keyof typeof answerSchemas;
export const questionNames: readonly QuestionName[] = Object.keys(answerSchemas).filter(isQuestionName);

/** Answers as they come in, each checked with its own schema. */
export type PartialAnswers = { readonly [K in QuestionName]?: z.infer<(typeof answerSchemas)[K]> };

const common = { completion: answerSchemas.completion };
const machine = { machine: answerSchemas.machine.default('off') };

/** A full set of answers; what belongs to another goal is not there. */
export const answersSchema = z.discriminatedUnion('goal', [
  z.object({ goal: z.literal('profile'), ...machine, ...common }),
  z.object({
    goal: z.literal('build'),
    checkout: path,
    from: answerSchemas.from.optional(),
    buildDir: path,
    buildType: answerSchemas.buildType,
    perf: onOrOff,
    llvm: answerSchemas.llvm.default('auto'),
    llvmDir: path.optional(),
    sanitiser: answerSchemas.sanitiser,
    ...machine,
    ...common,
  }),
  z.object({ goal: z.literal('invoke'), cluster, ...common }),
  z.object({ goal: z.literal('monitor'), cluster, ...machine, ...common }),
]);

export type Answers = z.infer<typeof answersSchema>;

export function isQuestionName(name: string): name is QuestionName {
  return Object.hasOwn(answerSchemas, name);
}

/** What is at the path of a checkout. */
export type CheckoutState = 'checkout' | 'absent' | 'empty' | 'other';

/** What setup knows of the machine and of earlier answers. The functions only look. */
export interface SetupFacts {
  readonly cwd: string;
  readonly home: string;
  /** A setting that somebody chose, in whatever layer; undefined when it is only the default. */
  readonly chosen: <K extends SettingKey>(key: K) => SettingValues[K] | undefined;
  readonly checkoutAt: (path: string) => CheckoutState;
  /** True when the checkout's submodules were never fetched. */
  readonly lacksSubmodules: (checkout: string) => boolean;
  /** Where a checkout was cloned from, if it says so. */
  readonly originOf: (checkout: string) => string | undefined;
  /** True for a script: its machine is another one, which cannot be looked at. */
  readonly isElsewhere: boolean;
  /** True when files can be made in this folder, or it can be made. */
  readonly canWrite: (folder: string) => boolean;
  /** An absolute path from what somebody typed. */
  readonly resolve: (path: string) => string;
  /** What the machine lacks for a goal; empty when it is ready. */
  readonly lacks: {
    readonly profile: readonly string[];
    readonly build: readonly string[];
    readonly monitor: readonly string[];
  };
}

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
      const own = canWrite(buildDir) ? buildDir : join(checkout, 'dev/native/build');
      return chosen('buildDir') ?? own;
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

const PATHS: readonly QuestionName[] = ['checkout', 'buildDir', 'llvmDir'];

/** Why a value is no answer to a question; undefined when it is one. */
export function objectionTo(name: QuestionName, value: unknown, facts: SetupFacts): string | undefined {
  const parsed = answerSchemas[name].safeParse(value);
  if (!parsed.success) {
    const choices = questions.find((question) => question.name === name)?.choices;
    if (choices !== undefined) return `it is one of: ${choices.map((choice) => choice.value).join(', ')}`;
    return parsed.error.issues[0]?.message.replace(/^Invalid input: /, '') ?? 'not possible';
  }
  const question = questions.find((candidate) => candidate.name === name);
  return question?.objection?.(parsed.data, facts);
}

/**
 * The answers with one more; paths become absolute.
 *
 * @param place where the value stands, for messages: a flag, or a line of a file
 * @throws UsageError when the question cannot be answered so.
 */
export function withAnswer(
  answers: PartialAnswers,
  name: QuestionName,
  value: unknown,
  place: string,
  facts: SetupFacts,
): PartialAnswers {
  const objection = objectionTo(name, value, facts);
  if (objection !== undefined) {
    const choices = questions.find((question) => question.name === name)?.choices ?? [];
    const near =
      typeof value === 'string'
        ? didYouMean(
            value,
            choices.map((choice) => choice.value),
          )
        : [];
    throw new UsageError(`${place}: ${name} cannot be ${JSON.stringify(value)}: ${objection}`, {
      hints: near,
    });
  }
  // Checked with the question's own schema just now.
  return trusted<PartialAnswers>({ ...answers, [name]: stored(name, String(value), facts) });
}

function stored(name: QuestionName, value: string, facts: SetupFacts): string {
  const isLocalSource = name === 'from' && !/^[a-z][a-z\d+.-]*:\/\/|^[^/]+:/i.test(value);
  return PATHS.includes(name) || isLocalSource ? facts.resolve(value) : value;
}
