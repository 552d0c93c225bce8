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
import { clockReport, summariseGraph } from './call-stats.ts';
import { criticalPath, pathByFunction, pathByHost } from './critical-path.ts';
import type { MeasuredCall, MeasuredGraph } from './measure.ts';

export const documentFormat = 'faasm-exec-graph';
export const documentVersion = 1;

/** The graph and everything that was worked out of it, ready for `JSON.stringify`. */
export function graphDocument(graph: MeasuredGraph): Readonly<Record<string, unknown>> {
  const path = criticalPath(graph);
  return {
    format: documentFormat,
    version: documentVersion,
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
