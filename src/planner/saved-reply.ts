import * as z from 'zod/mini';
import type { CallStatus } from './call-status.ts';
import { ClusterError } from './cluster-error.ts';
import { graphOf } from './graph-reply.ts';
import type { GraphNode } from './message.ts';
import { batchStatusOf } from './planner-replies.ts';
import { graphOfResults } from './results-graph.ts';
import { checked, jsonOf } from './wire-text.ts';

const exchangeSchema = z.object({ response: z.object({ body: z.string() }) });
const shapeSchema = z.looseObject({});

/** The graph that a saved answer holds. */
export function graphIn(text: string): GraphNode {
  const json = replyIn(text, 'an execution graph');
  if (!('messageResults' in json)) return graphOf(json);
  const status = batchStatusOf(json);
  const graph = graphOfResults(status, status.callId ?? 0);
  if (graph === undefined) {
    throw new ClusterError(
      'garbage',
      'reading an execution graph: the status does not tell which call is its root',
    );
  }
  return graph;
}

/** The status that a saved answer holds. */
export function statusIn(text: string): CallStatus {
  return batchStatusOf(replyIn(text, 'a status'));
}

function replyIn(text: string, what: string): Readonly<Record<string, unknown>> {
  const json = jsonOf(text, what);
  const exchange = z.safeParse(exchangeSchema, json);
  return checked(shapeSchema, exchange.success ? jsonOf(exchange.data.response.body, what) : json, what);
}
