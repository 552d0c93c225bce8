import { graphFromNodes, graphFromResults } from '../../execgraph/build-graph.ts';
import type { BuiltGraph } from '../../execgraph/exec-graph.ts';
import { readGraphDocument } from '../../execgraph/on-demand.ts';
import type { CallStatus } from '../../planner/call.ts';
import { ClusterError } from '../../planner/cluster-error.ts';
import { TaskError } from '../../util/errors.ts';

const accepted = [
  'A file is what a planner answers to GET_EXEC_GRAPH or EXECUTE_BATCH_STATUS, the exec graph of a worker (2021),',
  'such an answer recorded as {"request": …, "response": {"body": …}}, or what --format=json wrote.',
];

/** The graph in a file's text, whatever wrote it. @throws TaskError saying what the file holds instead. */
export async function graphOfText(text: string, displayName: string): Promise<BuiltGraph> {
  const value = jsonOf(text.trim(), displayName);
  const body = bodyOfExchange(value, displayName);
  const told = body === undefined ? value : jsonOf(body, displayName);
  if (!isObject(told)) throw notGraph(displayName, 'it holds JSON, but no object');
  if ('calls' in told) return await readGraphDocument(told, displayName);
  try {
    const { readGraph, readStatus } = await import('../../planner/replies.ts');
    if ('root' in told) return graphFromNodes([readGraph(body ?? text)]);
    if ('messageResults' in told || 'finished' in told || 'appId' in told) {
      return graphOfStatus(readStatus(body ?? text), displayName);
    }
  } catch (error) {
    if (error instanceof ClusterError) throw notGraph(displayName, error.message);
    throw error;
  }
  throw notGraph(displayName, 'it holds neither a graph nor results of calls');
}

/** The graph that results tell. @throws TaskError when there is no result yet. */
export function graphOfStatus(status: CallStatus, displayName: string): BuiltGraph {
  const { messages, ownCount, isFinished } = status;
  if (messages.length === 0) {
    throw new TaskError(`There is nothing to draw in ${displayName}: no call has a result yet`, {
      hints: ['Results come when calls end: ask again later.'],
    });
  }
  const own = messages.slice(0, ownCount).map(({ id }) => id);
  const graph = graphFromResults(messages, isFinished, own);
  const loose = graph.roots.length - own.length;
  if (loose <= 0) return graph;
  const [calls, who] = loose === 1 ? ['1 more call', 'it'] : [`${loose} more calls`, 'them'];
  const problem = `${calls} ran, but who made ${who} was not recorded: tasks invoke … --graph records it.`;
  return { ...graph, problems: [...graph.problems, problem] };
}

/** The answer inside a recorded exchange; undefined when the value is none. */
function bodyOfExchange(value: unknown, displayName: string): string | undefined {
  if (!isObject(value) || !('response' in value) || !isObject(value.response)) return undefined;
  const { response } = value;
  if (!('body' in response) || typeof response.body !== 'string') {
    throw notGraph(displayName, 'it is a recorded exchange whose response has no body');
  }
  if ('status' in response && response.status !== 200) {
    const answer = response.body === '' ? 'an empty answer' : response.body.slice(0, 200);
    const what = response.status === 0 ? 'no answer came' : `${String(response.status)}, ${answer}`;
    throw notGraph(displayName, `it is a recorded exchange that failed: ${what}`);
  }
  return response.body;
}

function jsonOf(text: string, displayName: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return resultLine(text, displayName);
  }
}

/** With `--json` a task prints a line an event; the last one that is a result counts. */
function resultLine(text: string, displayName: string): unknown {
  const line = text.split('\n').findLast((candidate) => candidate.startsWith('{"event":"result"'));
  try {
    if (line !== undefined) return JSON.parse(line);
  } catch {
    throw notGraph(displayName, 'it is cut off');
  }
  throw notGraph(displayName, text === '' ? 'it is empty' : 'it is not JSON');
}

function notGraph(displayName: string, why: string): TaskError {
  return new TaskError(`Could not read a graph from ${displayName}: ${why}`, { hints: accepted });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
