import * as assert from 'uvu/assert';
import { newCallIds } from '../../src/planner/call.ts';
import type { Cluster } from '../../src/planner/cluster.ts';
import { UsageError } from '../../src/util/errors.ts';
import { type Answer, no, ok, type Received } from '../support/replay-server.ts';
import { type Exchange, exchange, wireRequest } from './exchanges.ts';
import { against, troubleOf } from './open.ts';
import { brokenRules } from './request-rules.ts';

/** Why the client never sends a request that was recorded, and the proof. */
interface NeverSent {
  readonly why: string;
  readonly prove: (recorded: Exchange) => Promise<void> | void;
}

/**
 * The request breaks a rule. That the client's requests break none, whatever it is asked for, is a property of its own
 * (request-rules.test.ts).
 */
function breaks(rule: string, why: string): NeverSent {
  return {
    why,
    prove: ({ request }) => assert.ok(brokenRules(request).includes(rule), brokenRules(request).join()),
  };
}

/** The client is asked for it, in the state in which it was recorded, and refuses. */
function refused(
  why: string,
  ask: (cluster: Cluster, recorded: Exchange) => Promise<unknown>,
  state: Readonly<Record<string, Answer>>,
  expected: string,
): NeverSent {
  return {
    why,
    prove: async (recorded) => {
      const { type } = wireRequest(recorded.request.body);
      const script = ({ body }: Received) => state[wireRequest(body).type] ?? no(500, 'not expected');
      await against(script, async (cluster, server) => {
        const work = ask(cluster, recorded);
        const trouble = await work.then(
          () => 'none',
          async (error: unknown) =>
            error instanceof UsageError ? 'usage' : (await troubleOf(Promise.reject(error))).trouble,
        );
        assert.is(trouble, expected);
        assert.not(server.received.some(({ body }) => wireRequest(body).type === type));
      });
    },
  };
}

const unregistered = no(500, 'App not registered in results');
const inFlight = (appId: number) => ok({ apps: [{ appId, hostIps: ['127.0.0.3'] }] });
const bodyOf = (name: string) => ok(exchange(name).response.body);
const appOf = ({ request }: Exchange) => Number(wireRequest(request.body).payload['appId']);
const graphOf = (cluster: Cluster, recorded: Exchange) => cluster.graph(appOf(recorded), 'planner');

const sameId: NeverSent = {
  why: 'the id is taken: calls that share one are mixed up',
  prove: () => {
    const ids = Array.from({ length: 20_000 }, () => newCallIds(1).callId);
    // Of 20,000 among 2^31, a tenth of a pair is to be expected, and 99 of 100 times at most one.
    assert.ok(new Set(ids).size >= ids.length - 2);
    // The whole range is used: in the lower half, and in the upper.
    const low = ids.filter((id) => id < 2 ** 30).length;
    assert.ok(low > 9_000 && low < 11_000, String(low));
  },
};

export const neverSent: Readonly<Record<string, NeverSent>> = {
  'danger-policy-1-set-bad': refused(
    'a planner that is told an unknown policy aborts at the next call',
    (cluster) => cluster.setPolicy('foo-bar'),
    {},
    'usage',
  ),
  'danger-empty-batch-1-execute': refused(
    'a batch without messages makes a planner abort when it is asked what is in flight',
    (cluster) =>
      cluster.submit({ user: 'demo', func: 'hello', numMessages: 0, recordGraph: false }, { timeoutMs: 0 }),
    {},
    'usage',
  ),
  'danger-graph-2-in-flight': refused(
    'a planner that is asked for the graph of a call without a result hangs and aborts',
    graphOf,
    { EXECUTE_BATCH_STATUS: unregistered, GET_IN_FLIGHT_APPS: inFlight(200020) },
    'unsafe',
  ),
  'danger-graph-child-3-graph': refused(
    'so does one that is asked while a call that it made has no result',
    graphOf,
    { EXECUTE_BATCH_STATUS: bodyOf('danger-graph-child-2-status') },
    'unsafe',
  ),
  'flush-5-graph-gone': refused(
    'nobody knows the call any more; asking would be a trap for a later one with that id',
    graphOf,
    { EXECUTE_BATCH_STATUS: unregistered, GET_IN_FLIGHT_APPS: ok({}) },
    'unknown-call',
  ),
  'graph-wrong-appid': refused(
    'nobody knows such a call',
    graphOf,
    { EXECUTE_BATCH_STATUS: unregistered, GET_IN_FLIGHT_APPS: ok({}) },
    'unknown-call',
  ),
  'graph-chain-child-as-root': refused(
    'a graph is asked for by the id of the call, not of one that it made',
    (cluster) => cluster.graph(2125048436, 'planner'),
    { EXECUTE_BATCH_STATUS: unregistered, GET_IN_FLIGHT_APPS: ok({}) },
    'unknown-call',
  ),
  'danger-flush-hosts-2-flush': refused(
    'a planner without hosts that gets a result aborts',
    (cluster) => cluster.flushHosts({ force: false }),
    { GET_IN_FLIGHT_APPS: inFlight(200040) },
    'unsafe',
  ),
  'danger-flush-executors-2-flush': refused(
    'the answer comes when the calls that run have ended',
    (cluster) => cluster.flushExecutors({ force: false }),
    { GET_IN_FLIGHT_APPS: inFlight(200060) },
    'unsafe',
  ),
  'danger-duplicate-2-same-app-in-flight': sameId,
  'reuse-2-execute-again': sameId,
  'graph-appid-only': breaks('graph of no message', 'no message is named'),
  'graph-id-only': breaks('graph of no app', 'no app is named'),
  'graph-without-message-id': breaks('graph of no message', 'message 0 is none'),
  'status-bad-payload': breaks('payload is no JSON object', 'the payload is no JSON'),
  'status-no-payload': breaks('payload is no JSON object', 'there is no payload'),
  'status-with-ber-payload': breaks('unknown field', 'a status has other fields than a batch'),
  'execute-appid-mismatch': breaks('messages of several apps', 'a message names another app'),
  'execute-appid-too-big': breaks('id is no positive int32', 'the id does not fit'),
  'execute-empty-object': breaks('batch without names', 'no function is named'),
  'execute-input-not-base64': breaks('input is no base64', 'the input is not encoded'),
  'execute-message-empty-function': breaks('messages of several functions', 'a message names no function'),
  'execute-message-without-appid': breaks('messages of several apps', 'a message names no app'),
  'execute-negative-ids': breaks('id is no positive int32', 'the ids are negative'),
  'execute-no-payload': breaks('payload is no JSON object', 'there is no payload'),
  'execute-no-user': breaks('batch without names', 'no user is named'),
  'execute-unknown-field-async': breaks('unknown field', 'the field is one of the older API'),
  'execute-without-message-id': breaks('id is no positive int32', 'a message without id has no graph'),
  'execute-ids-as-strings': breaks('id is no positive int32', 'ids are sent as numbers'),
  'execute-echo-camelcase': breaks('unknown field', 'fields are sent by their JSON name'),
  'envelope-empty-object': breaks('no type', 'no type is named'),
  'envelope-malformed-json': breaks('envelope is no JSON object', 'it is cut'),
  'envelope-not-json': breaks('envelope is no JSON object', 'it is no JSON'),
  'envelope-payload-object': breaks('payload is no string', 'the payload is an object'),
  'envelope-unknown-field': breaks('unknown field', 'it has a field that is refused'),
  'envelope-put-with-body': breaks('no POST', 'it is a PUT'),
  'envelope-no-content-type': breaks('no content type', 'the type of the content is not said'),
};
