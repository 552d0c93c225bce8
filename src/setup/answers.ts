import { z } from 'zod';
import { buildTypes, goals, sanitisers, shells } from '../faasm/setting-keys.ts';

export const llvmChoices = ['auto', 'build', 'dir'] as const;
export const FAASM_URL = 'https://github.com/faasm/faasm.git';

const onOff = z.enum(['on', 'off']);
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
  perf: onOff,
  llvm: z.enum(llvmChoices),
  llvmDir: path,
  sanitiser: z.enum(sanitisers),
  cluster,
  machine: onOff,
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
    perf: onOff,
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
