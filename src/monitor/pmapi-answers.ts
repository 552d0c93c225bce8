/*
 * The answers of pmproxy's REST API, PMWEBAPI(3), as pmproxy 5 and 6 write them. Traps:
 * - a name that is not known is left out of /fetch without a word, is an entry with `success: false` in /metric, and makes
 *   /children and /metric?prefix fail with status 400;
 * - instances come as numbers; their names are asked for by /indom; a metric without instances has one, `null`;
 * - 64-bit counters are JSON numbers beyond 2^53: exact to 1 part in 2^53, which no rate notices;
 * - the fraction of /fetch's timestamp lacks its leading zeros: pmapi-timestamp.ts reads it;
 * - a string metric's value is a JSON string.
 */
import { z } from 'zod';

export const failureSchema = z.object({ message: z.string(), success: z.literal(false) });

export const contextSchema = z.object({
  context: z.number(),
  hostspec: z.string().default(''),
  labels: z.record(z.string(), z.unknown()).default({}),
});

const metricSchema = z.object({
  name: z.string(),
  type: z.string(),
  sem: z.string(),
  units: z.string().default('none'),
  indom: z.string().optional(),
  'text-oneline': z.string().default(''),
});

export const metricsSchema = z.object({
  metrics: z.array(z.union([metricSchema, z.object({ name: z.string(), success: z.literal(false) })])),
});

export const childrenSchema = z.object({ leaf: z.array(z.string()), nonleaf: z.array(z.string()) });

export const fetchSchema = z.object({
  values: z.array(
    z.object({
      name: z.string(),
      instances: z.array(
        z.object({ instance: z.number().nullable(), value: z.union([z.number(), z.string(), z.null()]) }),
      ),
    }),
  ),
});

export const indomSchema = z.object({
  instances: z.array(z.object({ instance: z.number(), name: z.string() })),
});

export type MetricAnswer = z.infer<typeof metricSchema>;
