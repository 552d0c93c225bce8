import { z } from 'zod';

/** `profile.json` of a run folder; see kept-recording.ts. */
export const aboutSchema = z.object({
  format: z.literal('faasm-tasks/recording'),
  version: z.literal(1),
  title: z.string(),
  engine: z.string().optional(),
  module: z
    .object({
      path: z.string(),
      user: z.string(),
      func: z.string(),
      namelessByIndex: z.boolean(),
      sha256: z.string(),
    })
    .optional(),
  offCpu: z.enum(['only', 'both']).optional(),
});
