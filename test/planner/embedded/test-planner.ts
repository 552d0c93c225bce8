import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import {
  type EmbeddedPlanner,
  type PlannerOptions,
  startEmbeddedPlanner,
} from '../../../src/planner/embedded/embedded-planner.ts';
import { assemble } from '../../engine/programs.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** An embedded planner in this process, its threads as they ship, its functions from WebAssembly text. */
export interface TestPlanner {
  readonly planner: EmbeddedPlanner;
  readonly log: readonly string[];
  readonly send: (body: string | Uint8Array, options?: SendOptions) => Promise<Answer>;
  /** Asks by a request's name. */
  readonly ask: (type: string | number, payload?: unknown) => Promise<Answer>;
  /** Sends one call and gives its app id, which is also its message id. */
  readonly call: (func: string, more?: Readonly<Record<string, unknown>>) => Promise<number>;
  /** All results, once the app has finished. */
  readonly results: (appId: number) => Promise<readonly Result[]>;
  readonly install: (func: string, text: string) => void;
  readonly close: () => Promise<void>;
}

export interface Result {
  readonly id: number;
  readonly function: string;
  readonly output_data?: string;
  readonly returnValue?: number;
  readonly executedHost: string;
  readonly mainHost?: string;
  readonly start_ts: string;
  readonly finish_ts: string;
  readonly chainedMsgIds?: readonly number[];
}

interface SendOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function testPlanner(
  functions: Readonly<Record<string, string>>,
  options: Partial<PlannerOptions> = {},
): Promise<TestPlanner> {
  const folder = mkdtempSync(join(tmpdir(), 'planner-test-'));
  const bundle = join(root, '.tmp', `planner-test-${process.pid}-${Math.random().toString(36).slice(2)}`);
  await build({
    entryPoints: [join(root, 'src/engine/bin/call_thread.ts')],
    outdir: bundle,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    banner: { js: "import{createRequire as __c}from'node:module';const require=__c(import.meta.url);" },
    logLevel: 'warning',
  });
  const install = (func: string, text: string): void => {
    const place = join(folder, 'wasm', 'demo', func);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'function.wasm'), assemble(text));
  };
  for (const [func, text] of Object.entries(functions)) install(func, text);
  const log: string[] = [];
  const planner = await startEmbeddedPlanner({
    host: '127.0.0.1',
    port: 0,
    hosts: 2,
    slots: 4,
    callTimeoutSeconds: 60,
    env: { FAASM_LOCAL_DIR: folder },
    log: (text) => log.push(text),
    threadFile: join(bundle, 'call_thread.js'),
    ...options,
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 300 });
  const send: TestPlanner['send'] = async (body, { method = 'POST', headers = {} } = {}) =>
    await new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port: planner.port, method, headers, agent }, (response) => {
        const chunks: Uint8Array[] = [];
        response.on('data', (chunk: Uint8Array) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 0, headers: received } = response;
          resolve({ status, headers: received, body: Buffer.concat(chunks).toString() });
        });
      });
      asked.on('error', reject);
      asked.end(body);
    });
  const ask: TestPlanner['ask'] = async (type, payload) =>
    await send(
      JSON.stringify({
        http_type: type,
        ...(payload === undefined
          ? {}
          : { payload: typeof payload === 'string' ? payload : JSON.stringify(payload) }),
      }),
    );
  let lastId = 1000;
  return {
    planner,
    log,
    send,
    ask,
    install,
    call: async (func, more = {}) => {
      const id = ++lastId;
      const message = { id, appId: id, user: 'demo', function: func, ...more };
      const batch = { appId: id, user: 'demo', function: func, messages: [message] };
      for (;;) {
        const answer = await ask('EXECUTE_BATCH', batch);
        if (answer.status === 200) return id;
        if (answer.body !== 'No available hosts') throw new Error(answer.body);
        await sleep(5);
      }
    },
    results: async (appId) => {
      for (;;) {
        const { status, body } = await ask('EXECUTE_BATCH_STATUS', { appId });
        const parsed: { finished?: boolean; messageResults: Result[] } | undefined =
          status === 200 ? JSON.parse(body) : undefined;
        if (parsed?.finished === true) return parsed.messageResults;
        await sleep(2);
      }
    },
    close: async () => {
      agent.destroy();
      await planner.close();
      rmSync(folder, { recursive: true, force: true });
      rmSync(bundle, { recursive: true, force: true });
    },
  };
}

/** Looks again until it is so. @throws Error when it is not within ten seconds. */
export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + 10_000;
  while (performance.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(3);
  }
  throw new Error(`did not come to pass: ${what}`);
}
