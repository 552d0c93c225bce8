import { readFileSync } from 'node:fs';
import type { PlannerRequest } from '../../src/planner/planner-requests.ts';
import { trusted } from '../../src/util/brand.ts';
import type { Answer } from '../support/replay-server.ts';

/** One recorded request to a real planner or worker, and what it answered. */
export interface Exchange {
  readonly name: string;
  readonly request: { readonly method: string; readonly body: string };
  readonly response: {
    /** 0 where no answer came; then `curl_error` says why. */
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly curl_error?: string;
  };
}

const file = new URL('../fixtures/planner/exchanges.json', import.meta.url);

export const exchanges = trusted<readonly Exchange[]>(JSON.parse(readFileSync(file, 'utf8')));

/** The exchange of that name. */
export function exchange(name: string): Exchange {
  const found = exchanges.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no exchange is called ${name}`);
  return found;
}

/** What was answered, or how it failed to be. */
export function answerOf({ response }: Exchange): Answer {
  if (response.status !== 0) return response;
  return response.curl_error?.includes('timed out') === true ? 'hang' : 'drop';
}

const typeNames: Readonly<Record<string, PlannerRequest['type'] | undefined>> = {
  1: 'RESET',
  2: 'FLUSH_AVAILABLE_HOSTS',
  3: 'FLUSH_EXECUTORS',
  4: 'FLUSH_SCHEDULING_STATE',
  5: 'GET_AVAILABLE_HOSTS',
  6: 'GET_CONFIG',
  7: 'GET_EXEC_GRAPH',
  8: 'GET_IN_FLIGHT_APPS',
  10: 'EXECUTE_BATCH',
  11: 'EXECUTE_BATCH_STATUS',
  12: 'PRELOAD_SCHEDULING_DECISION',
  13: 'SET_POLICY',
  14: 'GET_POLICY',
};

export interface WireMessage {
  readonly id?: number;
  readonly appId?: number;
  readonly user?: string;
  readonly function?: string;
  readonly input_data?: string;
  readonly cmdline?: string;
  readonly record_exec_graph?: boolean;
}

export interface WireRequest {
  readonly type: string;
  /** Parsed where it is JSON. */
  readonly payload: Readonly<Record<string, unknown>> & { readonly messages?: readonly WireMessage[] };
  readonly text: string;
}

/** What an envelope asks for, whether it was sent by name or by number. */
export function wireRequest(body: string): WireRequest {
  const envelope = trusted<{ http_type: string | number; payload?: unknown }>(JSON.parse(body));
  const text = typeof envelope.payload === 'string' ? envelope.payload : '';
  return {
    type: typeNames[envelope.http_type] ?? String(envelope.http_type),
    payload: trusted(text.startsWith('{') ? JSON.parse(text) : {}),
    text,
  };
}
