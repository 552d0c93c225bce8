import { z } from 'zod';
import type { AnyTask, Namespace } from '../runner/define.ts';

// What a module of one's own tasks may export. TypeScript says the same while it is written; plain JavaScript, and a file
// that nobody checked, learn it here, before the runner trips over it.

const text = z.string();
const names = z.array(text).readonly();
const common = {
  help: text.optional(),
  positional: z.boolean().optional(),
  required: z.boolean().optional(),
  short: z.union([z.literal(false), z.string().regex(/^[A-Za-z0-9]$/, 'one letter, or false')]).optional(),
  hidden: z.boolean().optional(),
};
const valued = { valueOptional: z.boolean().optional(), metavar: text.optional() };
const number = { default: z.number().optional(), min: z.number().optional(), max: z.number().optional() };

const param = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('string'),
    ...common,
    ...valued,
    default: text.optional(),
    choices: names.optional(),
  }),
  z.strictObject({ type: z.literal('int'), ...common, ...valued, ...number }),
  z.strictObject({ type: z.literal('float'), ...common, ...valued, ...number }),
  z.strictObject({ type: z.literal('bool'), ...common, default: z.boolean().optional() }),
  z.strictObject({
    type: z.literal('list'),
    ...common,
    default: names.optional(),
    metavar: text.optional(),
  }),
  z.strictObject({ type: z.literal('count'), ...common, default: z.number().optional() }),
]);

const callable = z.custom<(...args: never) => unknown>(
  (value) => typeof value === 'function',
  'expected a function',
);
const config = z.record(text, z.unknown());
const prerequisite = z.union([
  text,
  z.looseObject({ run: callable }),
  z.strictObject({ task: z.unknown(), args: config }),
]);

const taskShape = z.strictObject({
  doc: text,
  params: z.record(z.string().regex(/^[A-Za-z][\w-]*$/, 'a name begins with a letter'), param),
  aliases: names.optional(),
  examples: names.optional(),
  autoShort: z.boolean().optional(),
  pre: z.array(prerequisite).optional(),
  post: z.array(prerequisite).optional(),
  autoprint: z.boolean().optional(),
  parallel: z.union([z.boolean(), text]).optional(),
  run: callable,
});

const namespaceShape = z.strictObject({
  doc: text,
  default: text.optional(),
  tasks: z.record(text, z.looseObject({ run: callable })),
  namespaces: z.record(text, z.union([callable, z.looseObject({ tasks: z.unknown() })])).optional(),
  autoDash: z.boolean().optional(),
  config: config.optional(),
});

/** Something in a module that has not the shape it should have. */
export interface Flaw {
  /** Names that lead to it: `['deploy', 'tasks', 'push', 'doc']`. */
  readonly path: readonly string[];
  readonly message: string;
}

/** True for what means to be a task: something with a body. */
export function isTaskLike(value: unknown): value is AnyTask {
  return isObject(value) && 'run' in value;
}

/** True for what means to be a namespace: something with tasks. */
export function isNamespaceLike(value: unknown): value is Namespace {
  return isObject(value) && !('run' in value) && 'tasks' in value;
}

/** What is wrong with a task, by its own description. */
export function taskFlaw(value: unknown): Flaw | undefined {
  return flawOf(taskShape.safeParse(value));
}

/** The same of a namespace, without what its tasks say about themselves. */
export function namespaceFlaw(value: unknown): Flaw | undefined {
  return flawOf(namespaceShape.safeParse(value));
}

function flawOf(parsed: z.ZodSafeParseResult<unknown>): Flaw | undefined {
  const [issue] = parsed.error?.issues ?? [];
  if (issue === undefined) return undefined;
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys')
    return { path: [...path, issue.keys[0] ?? ''], message: 'is not known' };
  if (issue.code === 'invalid_union' && path.at(-1) === 'type') {
    return { path, message: 'is one of: string, int, float, bool, list, count' };
  }
  return {
    path,
    message: issue.message.replace(/^Invalid input: /, '').replace(/ received undefined$/, ' it is missing'),
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
