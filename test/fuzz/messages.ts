import { z } from 'zod';

const why = z.enum(['exception', 'slow', 'hang', 'memory', 'crash']);
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

/** What a worker is told to do. */
export const instruction = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('run'), reader: z.string(), seed: z.number(), count: z.number() }),
  z.object({ kind: z.literal('try'), reader: z.string(), bytes }),
]);

export type Instruction = z.infer<typeof instruction>;

/** What a worker says: of a run, that it is done, and findings before that; of one input, how it went. */
export const report = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('finding'), reader: z.string(), why, said: z.string(), bytes }),
  z.object({
    kind: z.literal('done'),
    slowest: z.number(),
    megabytes: z.number(),
    corpus: z.number(),
    shapes: z.number(),
  }),
  z.object({ kind: z.literal('tried'), why: why.optional(), said: z.string(), megabytes: z.number() }),
]);

export type Report = z.infer<typeof report>;
