/**
 * An execution graph as a JSON document, written and read by `invoke.exec-graph` (`--format json`, `--from`):
 *
 *     {"format": "faasm-exec-graph", "version": 1, "isFinished": true,
 *      "calls": [{"parent": null, "id": 7, "user": "demo", …}, {"parent": 0, …}, …],
 *      "summary": {…}, "criticalPath": {…}, "clocks": {…}}
 *
 * `calls` is flat, callers before what they call, `parent` an index into it: a graph may be deeper than JSON writers can
 * nest, and ids of bad input need not be unique. What follows from the times (states, totals, `summary` …) is there for
 * other programs and worked out again when the document is read.
 */
import * as z from 'zod/mini';
import type { CallMessage } from '../planner/index.ts';
import { TaskError } from '../util/errors.ts';
import { summariseGraph } from './call-stats.ts';
import { criticalPath, pathByFunction, pathByHost } from './critical-path.ts';
import type { BuiltGraph, CallNode } from './exec-graph.ts';
import type { MeasuredCall, MeasuredGraph } from './measure.ts';
import { clockReport } from './skew.ts';

export const documentFormat = 'faasm-exec-graph';
const version = 1;

/** The graph and everything that was worked out of it, ready for `JSON.stringify`. */
export function graphDocument(graph: MeasuredGraph): Readonly<Record<string, unknown>> {
  const path = criticalPath(graph);
  return {
    format: documentFormat,
    version,
    isFinished: graph.isFinished,
    calls: graph.calls.map((call) => ({
      parent: call.parent?.index ?? null,
      ...toldBy(call),
      state: call.state,
      totalMs: call.totalMs,
      runningMs: call.runningMs,
      waitingMs: call.waitingMs,
      offsetMs: call.offsetMs,
      isCritical: path?.calls.has(call) ?? false,
    })),
    summary: summariseGraph(graph),
    ...(path === undefined
      ? {}
      : {
          criticalPath: {
            lengthMs: path.lengthMs,
            segments: path.segments.map(({ call, fromMs, toMs }) => ({ call: call.index, fromMs, toMs })),
            functions: pathByFunction(path),
            hosts: pathByHost(path),
          },
        }),
    clocks: clockReport(graph),
  };
}

function toldBy({ node, message }: MeasuredCall): Readonly<Record<string, unknown>> {
  if (message === undefined) return { id: node.id };
  const { outputBytes, ...told } = message;
  return {
    ...told,
    ...(outputBytes === undefined ? {} : { outputBase64: Buffer.from(outputBytes).toString('base64') }),
  };
}

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
  version: z.literal(version, { error: 'written by a newer version of this program' }),
  isFinished: z.boolean(),
  calls: z.array(callSchema),
});

/** Reads what {@link graphDocument} wrote. @throws TaskError naming the field that is wrong. */
export function readGraphDocument(value: unknown, shown: string): BuiltGraph {
  const parsed = z.safeParse(documentSchema, value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw unreadable(shown, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not the expected shape'}`);
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
      throw unreadable(shown, `calls.${nodes.length}.parent: ${parent} is not the index of an earlier call`);
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

function unreadable(shown: string, problem: string): TaskError {
  return new TaskError(`Could not read the graph in ${shown}: ${problem}`);
}
