import { unreachable } from '../../util/errors.ts';
import { execGraphText } from './calls.ts';
import {
  batchShape,
  batchStatusShape,
  envelopeShape,
  messageShape,
  messagesField,
  numberField,
  type RequestName,
  requestName,
  textField,
} from './planner-messages.ts';
import { BadMessage, type Fields, type MessageShape, readMessage } from './protobuf-json.ts';
import type { Scheduler } from './scheduler.ts';

/** What goes back to a client: always plain text, also where it is JSON. */
export interface Reply {
  readonly status: number;
  readonly body: string;
}

const policies = ['bin-pack', 'compact', 'spot'];
const HOST_TIMEOUT_SECONDS = 5;
const HTTP_THREADS = 4;

const ok = (body: string): Reply => ({ status: 200, body });
const bad = (body: string): Reply => ({ status: 400, body });
const notNow = (body: string): Reply => ({ status: 500, body });

/** The planner's one endpoint: method, path and content type do not count, the body alone does. */
export class Endpoint {
  readonly #scheduler: Scheduler;
  readonly #ip: string;
  #policy = '';

  constructor(scheduler: Scheduler, ip: string) {
    this.#scheduler = scheduler;
    this.#ip = ip;
  }

  /** Every request has an answer: what is wrong with it is one, too. */
  async reply(body: string): Promise<Reply> {
    if (body === '') return bad('Empty request');
    const envelope = read(envelopeShape, body);
    if (envelope === undefined) return bad('Bad JSON in request body');
    const name = requestName(numberField(envelope, 'http_type'));
    if (name === undefined) return bad('Unrecognised message type');
    return await this.#answer(name, textField(envelope, 'payload'));
  }

  async #answer(name: RequestName, payload: string): Promise<Reply> {
    const scheduler = this.#scheduler;
    switch (name) {
      case 'NO_TYPE':
        return bad('Unrecognised message type');
      case 'RESET':
        this.#policy = 'bin-pack';
        await scheduler.reset();
        return ok('Planner fully reset!');
      case 'FLUSH_AVAILABLE_HOSTS':
        scheduler.flushHosts();
        return ok('Flushed available hosts!');
      case 'FLUSH_EXECUTORS':
        await scheduler.flushExecutors();
        return ok('Flushed executors!');
      case 'FLUSH_SCHEDULING_STATE':
        scheduler.flushSchedulingState();
        return ok('Flushed scheduling state!');
      case 'GET_AVAILABLE_HOSTS':
        return ok(scheduler.hosts.text(Date.now()));
      case 'GET_CONFIG':
        return ok(
          JSON.stringify({
            ip: this.#ip,
            hostTimeout: HOST_TIMEOUT_SECONDS,
            numThreadsHttpServer: HTTP_THREADS,
          }),
        );
      case 'GET_EXEC_GRAPH':
        return this.#graph(read(messageShape, payload));
      case 'GET_IN_FLIGHT_APPS':
        return ok(scheduler.inFlightText());
      case 'EXECUTE_BATCH':
        return this.#execute(read(batchShape, payload));
      case 'EXECUTE_BATCH_STATUS':
        return this.#status(read(batchStatusShape, payload));
      case 'PRELOAD_SCHEDULING_DECISION':
        return this.#preload(read(batchShape, payload));
      case 'SET_POLICY':
        if (!policies.includes(payload)) return bad(`Unrecognised policy name: ${payload}`);
        this.#policy = payload;
        return ok('Policy set correctly');
      case 'GET_POLICY':
        return ok(this.#policy);
      case 'SET_NEXT_EVICTED_VM':
        return bad('The embedded planner has no machines to evict');
      default:
        return unreachable(name);
    }
  }

  #execute(batch: Fields | undefined): Reply {
    if (batch === undefined) return bad("Bad JSON in body's payload");
    if (!isWholeBatch(batch)) return bad('Bad BatchExecRequest');
    if (!this.#scheduler.submit(batch)) return notNow('No available hosts');
    const appId = numberField(batch, 'appId');
    return ok(appId === 0 ? '{}' : JSON.stringify({ appId }));
  }

  #status(wanted: Fields | undefined): Reply {
    if (wanted === undefined) return bad('Bad JSON in request body');
    const text = this.#scheduler.apps.get(numberField(wanted, 'appId'))?.statusText();
    return text === undefined ? notNow('App not registered in results') : ok(text);
  }

  #graph(wanted: Fields | undefined): Reply {
    if (wanted === undefined) return bad('Bad JSON in request body');
    const id = numberField(wanted, 'id');
    const app = this.#scheduler.apps.get(numberField(wanted, 'appId'));
    const text =
      app === undefined || id === 0 ? undefined : execGraphText(id, (each) => app.results.get(each));
    return text === undefined ? notNow('Failed getting exec. graph!') : ok(text);
  }

  #preload(batch: Fields | undefined): Reply {
    if (batch === undefined) return bad("Bad JSON in body's payload");
    const hosts = messagesField(batch).map((message) => textField(message, 'executedHost'));
    this.#scheduler.preload(numberField(batch, 'appId'), hosts);
    return ok('Decision pre-loaded to planner');
  }
}

function read(shape: MessageShape, text: string): Fields | undefined {
  try {
    return readMessage(shape, text);
  } catch (error) {
    if (error instanceof BadMessage) return undefined;
    throw error;
  }
}

/** A user, a function, and messages that agree with it. A real planner takes an empty batch, and aborts over it later. */
function isWholeBatch(batch: Fields): boolean {
  const [user, appId, messages] = [
    textField(batch, 'user'),
    numberField(batch, 'appId'),
    messagesField(batch),
  ];
  if (user === '' || textField(batch, 'function') === '' || numberField(batch, 'type') !== 0) return false;
  return (
    messages.length > 0 &&
    messages.every(
      (message) =>
        textField(message, 'user') === user &&
        textField(message, 'function') !== '' &&
        numberField(message, 'appId') === appId,
    )
  );
}
