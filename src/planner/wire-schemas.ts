// What planners and workers answer, as far as we look at it (protobuf's JSON mapping): defaults are left out, int64 are
// strings, fields that we do not know are passed over. Both dialects of a Message in one description, for they share no
// name with different meanings. In zod's small form, and loaded while the first answer is on its way.
import * as z from 'zod/mini';

/** A field that may be left out, or null. */
function left<T extends z.core.$ZodType>(schema: T) {
  return z.optional(z.nullable(schema));
}

const whole = z.pipe(
  z.union([z.number(), z.string().check(z.regex(/^-?\d{1,19}$/))]),
  z.transform((value) => Number(value)),
);
const id = whole.check(
  z.refine((value) => Number.isInteger(value) && Math.abs(value) <= 2 ** 31, { error: 'expected an int32' }),
);
const text = z.string();

export const messageSchema = z.object({
  id: left(id),
  appId: left(id),
  user: left(text),
  function: left(text),
  mainHost: left(text),
  masterHost: left(text),
  executedHost: left(text),
  exec_host: left(text),
  start_ts: left(whole),
  timestamp: left(whole),
  finish_ts: left(whole),
  finish: left(whole),
  finished: left(whole),
  returnValue: left(whole),
  output_data: left(text),
  outputData: left(text),
  chainedMsgIds: left(z.array(id)),
  execGraphDetails: left(z.record(text, text)),
  intExecGraphDetails: left(z.record(text, whole)),
  exec_graph_detail: left(text),
  int_exec_graph_detail: left(text),
});
export type WireMessage = z.output<typeof messageSchema>;

export const batchStatusSchema = z.object({
  appId: left(id),
  finished: left(z.boolean()),
  messageResults: left(z.array(messageSchema)),
});

export const acceptedSchema = z.object({ appId: left(id) });

/** One node; its children are checked one by one, for a chain of calls may be longer than the stack is deep. */
export const graphNodeSchema = z.object({ msg: messageSchema, chained: left(z.array(z.unknown())) });
export const graphSchema = z.object({ root: z.unknown() });

export const hostsSchema = z.object({
  hosts: left(
    z.array(
      z.object({
        ip: left(text),
        slots: left(whole),
        usedSlots: left(whole),
        registerTs: left(z.object({ epochMs: left(whole) })),
      }),
    ),
  ),
});

export const inFlightSchema = z.object({
  apps: left(z.array(z.object({ appId: left(id), hostIps: left(z.array(text)) }))),
  numMigrations: left(whole),
  frozenApps: left(z.array(z.object({ appId: left(id) }))),
});

export const configSchema = z.object({
  ip: left(text),
  hostTimeout: left(whole),
  numThreadsHttpServer: left(whole),
});
