import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CallMessage, CallRequest, CallStatus, GraphNode } from '../../src/planner/call.ts';

import type { Cluster, HostStatus, InFlight, Submitted } from '../../src/planner/cluster.ts';

import { readGraph } from '../../src/planner/replies.ts';
import { trusted } from '../../src/util/brand.ts';
import { type Answer, no, ok, type Received } from '../support/replay-server.ts';
import { answerOf, type Exchange, exchange, exchanges, type WireRequest, wireRequest } from './exchanges.ts';
import { neverSent } from './never-sent.ts';
import { against, troubleOf } from './open.ts';

const test = suite('exchanges replayed');
const idle = { force: false };

/** The client's operations, and which of the requests that were recorded each of them sends. */
const operations: Readonly<Record<string, (cluster: Cluster, wire: WireRequest) => Promise<unknown>>> = {
  EXECUTE_BATCH: (cluster, wire) => cluster.submit(callOf(wire), { timeoutMs: 0 }),
  EXECUTE_BATCH_STATUS: (cluster, wire) => cluster.status(Number(wire.payload['appId'])),
  GET_EXEC_GRAPH: (cluster, wire) => cluster.graph(Number(wire.payload['appId']), 'planner'),
  GET_AVAILABLE_HOSTS: (cluster) => cluster.hosts(),
  GET_CONFIG: (cluster) => cluster.config(),
  GET_IN_FLIGHT_APPS: (cluster) => cluster.inFlight(),
  GET_POLICY: (cluster) => cluster.policy(),
  SET_POLICY: (cluster, wire) => cluster.setPolicy(wire.text),
  FLUSH_EXECUTORS: (cluster) => cluster.flushExecutors(idle),
  FLUSH_AVAILABLE_HOSTS: (cluster) => cluster.flushHosts(idle),
  FLUSH_SCHEDULING_STATE: (cluster) => cluster.flushSchedulingState(idle),
};

const ofWorkers = exchanges.filter(({ name }) => /^(old|worker)-/.test(name));
const ofPlanner = exchanges.filter((one) => !ofWorkers.includes(one));
const sendable = ofPlanner.filter(({ name }) => !(name in neverSent));

test('each exchange is sent by an operation, or never, and the latter says why', () => {
  assert.is(exchanges.length, 172);
  for (const name of Object.keys(neverSent)) assert.is(exchange(name).name, name);
  for (const { name, request } of sendable) {
    assert.ok(wireRequest(request.body).type in operations, `${name} belongs to no operation`);
  }
});

test('every sendable request is sent as it was recorded, and its answer understood', async () => {
  for (const recorded of sendable) {
    const wire = wireRequest(recorded.request.body);
    await against(scriptOf(recorded), async (cluster, server) => {
      const { result, trouble } = await outcomeOf(recorded, cluster, wire);
      const sent = server.received.filter(({ body }) => wireRequest(body).type === wire.type);
      assert.ok(sent.length > 0, `${recorded.name} was not sent`);
      assert.equal(canonical(wireRequest(sent[0]?.body ?? '')), canonical(wire), recorded.name);
      assert.is(sent[0]?.method, 'POST');
      assert.is(sent[0]?.headers['content-type'], 'application/json');
      assert.is(trouble, expectedTrouble(recorded, wire), recorded.name);
      if (trouble === undefined) checkResult(recorded, wire, result);
    });
  }
});

test('an answer that comes late and in pieces is the same answer', async () => {
  for (const recorded of sendable.filter(({ response }) => response.status === 200)) {
    const wire = wireRequest(recorded.request.body);
    const scripted = scriptOf(recorded);
    const slow = (request: Received, index: number): Answer => {
      const answer = scripted(request, index);
      return typeof answer === 'object' && 'status' in answer ? { ...answer, delayMs: 5, pieces: 7 } : answer;
    };
    await against(slow, async (cluster) => {
      const { result, trouble } = await outcomeOf(recorded, cluster, wire);
      assert.is(trouble, undefined, recorded.name);
      checkResult(recorded, wire, result);
    });
  }
});

test('a connection that is cut: what only reads is asked again, a batch is looked up, an order is reported', async () => {
  for (const recorded of sendable.filter(({ response }) => response.status === 200)) {
    const wire = wireRequest(recorded.request.body);
    const scripted = scriptOf(recorded);
    for (const cut of ['drop', { half: recorded.response.body || '{' }] as const) {
      let isCut = false;
      const cutting = (request: Received, index: number): Answer => {
        const { type, payload } = wireRequest(request.body);
        if (type === wire.type && !isCut) {
          isCut = true;
          return cut;
        }
        // The batch whose answer was lost runs.
        if (wire.type === 'EXECUTE_BATCH' && type === 'EXECUTE_BATCH_STATUS') {
          return ok({ appId: payload['appId'], messageResults: [] });
        }
        return scripted(request, index);
      };
      await against(cutting, async (cluster, server) => {
        const { result, trouble } = await outcomeOf(recorded, cluster, wire);
        const times = server.received.filter(({ body }) => wireRequest(body).type === wire.type).length;
        if (/^(SET|FLUSH|RESET|GET_EXEC)/.test(wire.type)) {
          assert.is(trouble, 'lost', recorded.name);
          assert.is(times, 1);
        } else {
          assert.is(trouble, undefined, recorded.name);
          assert.is(times, wire.type === 'EXECUTE_BATCH' ? 1 : 2, recorded.name);
          if (wire.type !== 'EXECUTE_BATCH') checkResult(recorded, wire, result);
        }
      });
    }
  }
});

test('the graph built from results is the one the planner draws', async () => {
  let compared = 0;
  for (const { name, request, response } of exchanges) {
    const isGraph = /"http_type":7/.test(request.body) && response.status === 200;
    if (!isGraph || name === 'graph-chain-child-as-root') continue;
    const { appId } = wireRequest(request.body).payload;
    const status = exchanges.find(
      (one) =>
        /"http_type":11/.test(one.request.body) &&
        wireRequest(one.request.body).payload['appId'] === appId &&
        one.response.body.includes('"finished":true'),
    );
    if (status === undefined) continue;
    assert.equal(readGraph(status.response.body), readGraph(response.body), name);
    compared++;
  }
  assert.ok(compared >= 5, `${compared} graphs compared`);
});

for (const [name, { why, prove }] of Object.entries(neverSent)) {
  test(`never sent: ${name} (${why})`, () => prove(exchange(name)));
}

/** Answers the recorded request as recorded, and what the operation has to ask besides as an idle planner does. */
function scriptOf(recorded: Exchange): (request: Received, index: number) => Answer {
  const wire = wireRequest(recorded.request.body);
  return ({ body }) => {
    const { type } = wireRequest(body);
    if (type === wire.type) return answerOf(recorded);
    // The planner is asked for a graph only when each part has a result.
    if (wire.type === 'GET_EXEC_GRAPH') return ok(statusOfGraph(recorded));
    return type === 'GET_IN_FLIGHT_APPS' ? ok({}) : no(500, 'App not registered in results');
  };
}

function statusOfGraph({ request, response }: Exchange): unknown {
  const results: unknown[] = [];
  const nodes = [trusted<{ root: RawNode }>(JSON.parse(response.body)).root];
  for (const { msg, chained } of nodes) {
    results.push(msg);
    nodes.push(...(chained ?? []));
  }
  return { appId: wireRequest(request.body).payload['appId'], finished: true, messageResults: results };
}

async function outcomeOf(
  recorded: Exchange,
  cluster: Cluster,
  wire: WireRequest,
): Promise<{ result?: unknown; trouble?: string }> {
  const operation = operations[wire.type];
  if (operation === undefined) throw new Error(`${recorded.name} belongs to no operation`);
  const work = operation(cluster, wire);
  return work.then(
    (result) => ({ result }),
    async () => ({ trouble: (await troubleOf(work)).trouble }),
  );
}

function expectedTrouble({ response }: Exchange, { type }: WireRequest): string | undefined {
  if (response.status === 200 || response.body === 'App not registered in results') return undefined;
  if (response.body === 'No available hosts') return 'no-hosts';
  if (response.status === 0)
    return response.curl_error?.includes('timed out') === true ? 'no-answer' : 'lost';
  throw new Error(`${type}: ${response.status} ${response.body}: nothing says what to expect`);
}

/** What was read, against the raw JSON. */
function checkResult({ name, response }: Exchange, { type }: WireRequest, result: unknown): void {
  const { body } = response;
  if (response.status !== 200) {
    const { state, messages, isFinished } = trusted<CallStatus>(result);
    assert.equal(
      { state, messages, isFinished },
      { state: 'unknown', messages: [], isFinished: false },
      name,
    );
  } else if (type === 'EXECUTE_BATCH') {
    const { callId, appId, messageIds } = trusted<Submitted>(result);
    assert.equal([appId, messageIds[0]], [callId, callId]);
  } else if (type === 'EXECUTE_BATCH_STATUS') {
    const raw = trusted<{ finished?: boolean; messageResults: RawMessage[] }>(JSON.parse(body));
    const { isFinished, messages } = trusted<CallStatus>(result);
    assert.is(isFinished, raw.finished === true, name);
    assert.equal(byId(messages.map(told)), byId(raw.messageResults.map(rawTold)), name);
  } else if (type === 'GET_EXEC_GRAPH') {
    const pairs: Array<[GraphNode, RawNode]> = [
      [trusted<GraphNode>(result), trusted<{ root: RawNode }>(JSON.parse(body)).root],
    ];
    for (const [node, raw] of pairs) {
      assert.equal(told(node.message), rawTold(raw.msg), name);
      assert.is(node.chained.length, raw.chained?.length ?? 0);
      node.chained.forEach((child, index) => {
        pairs.push([child, raw.chained?.[index] ?? { msg: {} }]);
      });
    }
  } else if (type === 'GET_AVAILABLE_HOSTS') {
    const raw = trusted<{ hosts?: { ip: string; slots: number; usedSlots?: number }[] }>(JSON.parse(body));
    assert.equal(
      trusted<HostStatus[]>(result).map(({ ip, slots, usedSlots }) => ({ ip, slots, usedSlots })),
      (raw.hosts ?? []).map(({ ip, slots, usedSlots = 0 }) => ({ ip, slots, usedSlots })),
      name,
    );
  } else if (type === 'GET_IN_FLIGHT_APPS') {
    const raw = trusted<{ apps?: { appId: number; hostIps: string[] }[] }>(JSON.parse(body));
    const apps = (raw.apps ?? []).map(({ appId, hostIps }) => ({ appId, hosts: hostIps }));
    assert.equal(trusted<InFlight>(result).apps, apps, name);
  } else if (type === 'GET_CONFIG') {
    const raw = trusted<{ ip: string; hostTimeout: number; numThreadsHttpServer: number }>(JSON.parse(body));
    assert.equal(result, {
      ip: raw.ip,
      hostTimeoutSeconds: raw.hostTimeout,
      httpThreads: raw.numThreadsHttpServer,
    });
  } else assert.is(result ?? '', body, name);
}

interface RawMessage {
  readonly id?: number;
  readonly output_data?: string;
  readonly returnValue?: number;
  readonly start_ts?: string;
  readonly finish_ts?: string;
  readonly executedHost?: string;
  readonly chainedMsgIds?: readonly number[];
}

interface RawNode {
  readonly msg: RawMessage;
  readonly chained?: readonly RawNode[];
}

type Told = readonly [
  number,
  string,
  number | undefined,
  number | undefined,
  number | undefined,
  string | undefined,
];

function told({ id, output, returnValue, startMs, finishMs, host }: CallMessage): Told {
  return [id, output, returnValue, startMs, finishMs, host];
}

function rawTold({ id, output_data, returnValue, start_ts, finish_ts, executedHost }: RawMessage): Told {
  return [id ?? 0, output_data ?? '', returnValue ?? 0, Number(start_ts), Number(finish_ts), executedHost];
}

function byId(messages: readonly Told[]): readonly Told[] {
  return messages.toSorted(([a], [b]) => a - b);
}

/** The call that a recorded batch makes. */
function callOf({ payload }: WireRequest): CallRequest {
  const { messages = [] } = payload;
  const [first] = messages;
  const { cmdline, input_data: input } = first ?? {};
  return {
    user: String(payload['user']),
    func: String(payload['function']),
    numMessages: messages.length,
    recordGraph: first?.record_exec_graph === true,
    ...(cmdline === undefined ? {} : { cmdline }),
    ...(input === undefined ? {} : { input: Buffer.from(input, 'base64') }),
  };
}

/** A request without the ids, which are the client's own, and without what is not looked at. */
function canonical({ type, payload, text }: WireRequest): unknown {
  if (type === 'SET_POLICY') return { type, text };
  if (type === 'GET_EXEC_GRAPH') return { type, appId: payload['appId'], id: payload['id'] };
  if (type === 'EXECUTE_BATCH_STATUS') return { type, appId: payload['appId'] };
  if (type !== 'EXECUTE_BATCH') return { type };
  const { user, function: func, messages = [] } = payload;
  // A call has one input, whatever the number of its messages; the recorded batch of two has two.
  const input = messages[0]?.input_data;
  return {
    type,
    user,
    func,
    messages: messages.map(({ id, appId, input_data, ...rest }) => ({ ...rest, input })),
  };
}

test.run();
