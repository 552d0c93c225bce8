import type { z } from 'zod';
import { near } from '../util/near.ts';
import { addressUrl, type HostAddress } from './host-address.ts';
import type { Metric, Semantics, Snapshot } from './metric.ts';
import { MonitorError } from './monitor-error.ts';
import {
  childrenSchema,
  contextSchema,
  failureSchema,
  fetchSchema,
  indomSchema,
  type MetricAnswer,
  metricsSchema,
} from './pmapi-answers.ts';
import { TimestampReader } from './pmapi-timestamp.ts';
import { askPmapi, notPmproxy, type PmapiReply } from './pmapi-transport.ts';

/** A conversation with one host's pmcd through pmproxy. */
export interface PmapiClient {
  readonly address: HostAddress;
  /** What the host calls itself. */
  readonly hostname: string;
  /** What the named metrics are; names that the host does not have are absent. */
  describe(names: readonly string[]): Promise<ReadonlyMap<string, Metric>>;
  /** Like {@link describe}, but names stand for the whole tree below them too. @throws MonitorError `metric` with near names. */
  expand(name: string): Promise<readonly Metric[]>;
  /** The values now. */
  fetch(names: readonly string[]): Promise<Snapshot>;
  /** Instance number -> name, of a metric's instance domain. */
  instances(name: string): Promise<ReadonlyMap<number, string>>;
}

/** Seconds a context lives when nobody asks; longer intervals renew it. */
const contextSeconds = 60;

/**
 * Opens a conversation. A context that expired, or a pmproxy that was started anew, is noticed and a new context taken.
 *
 * @throws MonitorError when nobody answers, or pmproxy has no pmcd; Interrupted.
 */
export async function openPmapi(address: HostAddress, signal: AbortSignal): Promise<PmapiClient> {
  const client = new Client(address, signal);
  await client.renew();
  return client;
}

class Client implements PmapiClient {
  readonly address: HostAddress;
  hostname = '';
  readonly #signal: AbortSignal;
  readonly #timestamps = new TimestampReader();
  #context = 0;

  constructor(address: HostAddress, signal: AbortSignal) {
    this.address = address;
    this.#signal = signal;
  }

  async renew(): Promise<void> {
    const { pmcd } = this.address;
    const query = { polltimeout: String(contextSeconds), ...(pmcd === undefined ? {} : { hostspec: pmcd }) };
    const { status, body } = await askPmapi(this.address, 'context', query, this.#signal);
    const failure = failureSchema.safeParse(body);
    if (failure.success) throw noPmcd(this.address, failure.data.message);
    if (status !== 200) throw notPmproxy(addressUrl(this.address), `status ${status}`);
    const { context, hostspec, labels } = this.#checked(contextSchema, body);
    this.#context = context;
    const label = labels['hostname'];
    this.hostname = typeof label === 'string' && label !== '' ? label : hostspec || this.address.host;
  }

  async describe(names: readonly string[]): Promise<ReadonlyMap<string, Metric>> {
    if (names.length === 0) return new Map();
    const { metrics } = this.#checked(
      metricsSchema,
      (await this.#ask('metric', { names: names.join(',') })).body,
    );
    return new Map(metrics.flatMap((one) => ('sem' in one ? [[one.name, metricOf(one)] as const] : [])));
  }

  async expand(name: string): Promise<readonly Metric[]> {
    try {
      const { metrics } = this.#checked(metricsSchema, (await this.#ask('metric', { prefix: name })).body);
      return metrics.flatMap((one) => ('sem' in one ? [metricOf(one)] : []));
    } catch (error) {
      if (error instanceof MonitorError && error.trouble === 'metric') throw await this.#unknown(name, error);
      throw error;
    }
  }

  async fetch(names: readonly string[]): Promise<Snapshot> {
    const { text, body } = await this.#ask('fetch', { names: names.join(',') });
    const answer = this.#checked(fetchSchema, body);
    const timeMs = this.#timestamps.readMs(text);
    if (timeMs === undefined) throw notPmproxy(addressUrl(this.address), 'its values have no time');
    const values = answer.values.map(({ name, instances }) => {
      const numbers = instances.flatMap(({ instance, value }) =>
        typeof value === 'number' ? [[instance ?? undefined, value] as const] : [],
      );
      return [name, new Map(numbers)] as const;
    });
    return { timeMs, values: new Map(values) };
  }

  async instances(name: string): Promise<ReadonlyMap<number, string>> {
    const { instances } = this.#checked(indomSchema, (await this.#ask('indom', { name })).body);
    return new Map(instances.map((one) => [one.instance, one.name]));
  }

  /** Asks in this context; in a new one when that is gone. */
  async #ask(what: string, query: Readonly<Record<string, string>>, isRetry = false): Promise<PmapiReply> {
    const reply = await askPmapi(this.address, `${this.#context}/${what}`, query, this.#signal);
    const { status, body } = reply;
    const failure = failureSchema.safeParse(body);
    if (!failure.success && status === 200) return reply;
    const message = failure.success ? failure.data.message : `status ${status}`;
    if (/unknown metric name/i.test(message)) throw new MonitorError('metric', message);
    // A context knows a pmcd by its connection: after a restart it must be made anew.
    if (isRetry) throw new MonitorError('refused', `pmproxy at ${addressUrl(this.address)} says: ${message}`);
    await this.renew();
    return await this.#ask(what, query, true);
  }

  async #unknown(name: string, cause: MonitorError): Promise<MonitorError> {
    const names = await this.#neighbours(name);
    const close = near(name, names, 5);
    const displayName = close.length > 0 ? close : names.slice(0, 5);
    return new MonitorError('metric', `${this.hostname} has no metric ${JSON.stringify(name)}`, {
      hints: [
        ...(displayName.length === 0 ? [] : [`Near it: ${displayName.join(', ')}`]),
        'All of them: pminfo, on that machine',
      ],
      cause,
    });
  }

  /** Names below the longest part of the name that exists, dots included in the answer. */
  async #neighbours(name: string): Promise<readonly string[]> {
    const parts = name.split('.');
    for (let length = parts.length - 1; length >= 0; length--) {
      const prefix = parts.slice(0, length).join('.');
      try {
        const query: Record<string, string> = prefix === '' ? {} : { prefix };
        const answer = this.#checked(childrenSchema, (await this.#ask('children', query)).body);
        const children = [...answer.leaf, ...answer.nonleaf];
        return children.map((child) => (prefix === '' ? child : `${prefix}.${child}`));
      } catch (error) {
        if (!(error instanceof MonitorError) || error.trouble !== 'metric') throw error;
      }
    }
    return [];
  }

  #checked<T>(schema: z.ZodType<T>, body: unknown): T {
    const checked = schema.safeParse(body);
    if (checked.success) return checked.data;
    const [issue] = checked.error.issues;
    const where = issue?.path.join('.') ?? '';
    throw notPmproxy(
      addressUrl(this.address),
      `${where === '' ? 'the answer' : where}: ${issue?.message ?? 'unknown form'}`,
    );
  }
}

function metricOf(answer: MetricAnswer): Metric {
  const { name, type, sem, units, indom } = answer;
  return {
    name,
    bits: type === '32' || type === 'u32' ? 32 : 64,
    isNumber: /^(?:u?(?:32|64)|float|double)$/.test(type),
    semantics: semanticsOf(sem),
    units,
    indom: indom === undefined || indom === 'none' ? undefined : indom,
    help: answer['text-oneline'],
  };
}

function semanticsOf(word: string): Semantics {
  return word === 'counter' || word === 'discrete' ? word : 'instant';
}

function noPmcd(address: HostAddress, message: string): MonitorError {
  const which = address.pmcd === undefined ? 'its pmcd' : `the pmcd ${address.pmcd}`;
  return new MonitorError(
    'no-pmcd',
    `pmproxy at ${addressUrl(address)} answers, but ${which} does not: ${message}`,
    { hints: ['Start pmcd: tasks monitor.setup (on that machine)', 'What is missing: tasks monitor.check'] },
  );
}
