// The other half of graph-json.ts, loaded only where a document is read.
import * as z from 'zod/mini';
import type { CallMessage } from '../planner/call.ts';
import { TaskError } from '../util/errors.ts';
import type { BuiltGraph, CallNode } from './graph.ts';
import { documentFormat, documentVersion } from './graph-json.ts';

const time = z.optional(z.number());
const callSchema = z.object({
  parent: z.nullable(z.int()),
  id: z.number(),
  appId: z.optional(z.number()),
  user: z.optional(z.string()),
  function: z.optional(z.string()),
  host: z.optional(z.string()),
  startMs: time,
  finishMs: time,
  returnValue: z.optional(z.number()),
  output: z.optional(z.string()),
  outputBase64: z.optional(z.string()),
  chainedIds: z.optional(z.array(z.number())),
  details: z.optional(z.record(z.string(), z.union([z.string(), z.number()]))),
});
const documentSchema = z.object({
  format: z.literal(documentFormat),
  version: z.literal(documentVersion, { error: 'written by a newer version of this program' }),
  isFinished: z.boolean(),
  calls: z.array(callSchema),
});

/** Reads what {@link graphDocument} wrote. @throws TaskError naming the field that is wrong. */
export function graphInDocument(value: unknown, displayName: string): BuiltGraph {
  const parsed = z.safeParse(documentSchema, value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw unreadable(
      displayName,
      `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not the expected shape'}`,
    );
  }
  interface Draft extends CallNode {
    readonly children: Draft[];
  }
  const nodes: Draft[] = [];
  const roots: Draft[] = [];
  for (const { parent, ...call } of parsed.data.calls) {
    const node: Draft = { id: call.id, message: messageOf(call), children: [] };
    const caller = parent === null ? undefined : nodes[parent];
    if (parent !== null && caller === undefined) {
      throw unreadable(
        displayName,
        `calls.${nodes.length}.parent: ${parent} is not the index of an earlier call`,
      );
    }
    (caller?.children ?? roots).push(node);
    nodes.push(node);
  }
  return { roots, isFinished: parsed.data.isFinished, problems: [] };
}

function messageOf(call: Omit<z.output<typeof callSchema>, 'parent'>): CallMessage | undefined {
  if (call.user === undefined && call.function === undefined) return undefined;
  const { outputBase64 } = call;
  return {
    id: call.id,
    appId: call.appId,
    user: call.user ?? '',
    function: call.function ?? '',
    host: call.host,
    startMs: call.startMs,
    finishMs: call.finishMs,
    returnValue: call.returnValue,
    output: call.output ?? '',
    ...(outputBase64 === undefined ? {} : { outputBytes: Buffer.from(outputBase64, 'base64') }),
    chainedIds: call.chainedIds ?? [],
    details: call.details ?? {},
  };
}

function unreadable(displayName: string, problem: string): TaskError {
  return new TaskError(`Could not read the graph in ${displayName}: ${problem}`);
}
