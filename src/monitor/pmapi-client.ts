import { z } from 'zod';
import { near } from '../util/near.ts';
import {
  addressUrl,
  askPmapi,
  type HostAddress,
  MonitorError,
  notPmproxy,
  type PmapiReply,
} from './pmapi-transport.ts';

/** How values of a metric follow each other (pmLookupDesc(3)). */
export type Semantics = 'counter' | 'instant' | 'discrete';

/** What pmcd says about one metric. */
export interface Metric {
  readonly name: string;
  /** Bits that its counter has before it begins again at 0. */
  readonly bits: 32 | 64;
  readonly isNumber: boolean;
  readonly semantics: Semantics;
  /** As pmcd writes them: `Kbyte`, `millisec`, `count / sec`, `none`. */
  readonly units: string;
  /** The name of its instance domain; undefined for a metric with one value. */
  readonly indom: string | undefined;
  /** One line of help. */
  readonly help: string;
}

/** The values of some metrics at one moment. */
export interface Snapshot {
  /** By the host's clock, milliseconds since 1970. */
  readonly timeMs: number;
  /** Metric name -> instance number (undefined without instances) -> value. What has no number is absent. */
  readonly values: ReadonlyMap<string, ReadonlyMap<number | undefined, number>>;
}

/*
 * The answers of pmproxy's REST API, PMWEBAPI(3), as pmproxy 5 and 6 write them. Traps:
 * - a name that is not known is left out of /fetch without a word, is an entry with `success: false` in /metric, and makes
 *   /children and /metric?prefix fail with status 400;
 * - instances come as numbers; their names are asked for by /indom; a metric without instances has one, `null`;
 * - 64-bit counters are JSON numbers beyond 2^53: exact to 1 part in 2^53, which no rate notices;
 * - the fraction of /fetch's timestamp lacks its leading zeros: pmapi-timestamp.ts reads it;
 * - a string metric's value is a JSON string.
 */

export const failureSchema = z.object({ message: z.string(), success: z.literal(false) });

export const contextSchema = z.object({
  context: z.number(),
  hostspec: z.string().default(''),
  labels: z.record(z.string(), z.unknown()).default({}),
});

const metricSchema = z.object({
  name: z.string(),
  type: z.string(),
  sem: z.string(),
  units: z.string().default('none'),
  indom: z.string().optional(),
  'text-oneline': z.string().default(''),
});

export const metricsSchema = z.object({
  metrics: z.array(z.union([metricSchema, z.object({ name: z.string(), success: z.literal(false) })])),
});

export const childrenSchema = z.object({ leaf: z.array(z.string()), nonleaf: z.array(z.string()) });

export const fetchSchema = z.object({
  values: z.array(
    z.object({
      name: z.string(),
      instances: z.array(
        z.object({ instance: z.number().nullable(), value: z.union([z.number(), z.string(), z.null()]) }),
      ),
    }),
  ),
});

export const indomSchema = z.object({
  instances: z.array(z.object({ instance: z.number(), name: z.string() })),
});

export type MetricAnswer = z.infer<typeof metricSchema>;

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

function semanticsOf(text: string): Semantics {
  return text === 'counter' || text === 'discrete' ? text : 'instant';
}

function noPmcd(address: HostAddress, message: string): MonitorError {
  const which = address.pmcd === undefined ? 'its pmcd' : `the pmcd ${address.pmcd}`;
  return new MonitorError(
    'no-pmcd',
    `pmproxy at ${addressUrl(address)} answers, but ${which} does not: ${message}`,
    { hints: ['Start pmcd: tasks monitor.setup (on that machine)', 'What is missing: tasks monitor.check'] },
  );
}

/**
 * Reads the time of a /fetch answer from its text, where its fraction still has all digits. pmproxy 6 writes seconds, a point and
 * the *number* of nanoseconds without leading zeros (6.0.3: `1795331718.93706300` is 0.0937 s, not 0.937 s), which a tenth of all
 * answers suffers from; pmproxy 5 writes six digits, microseconds, padded.
 */
export class TimestampReader {
  #isNanoseconds = false;

  /** Milliseconds since 1970; undefined where the text has no time. */
  readMs(text: string): number | undefined {
    const match = /"timestamp":\s*(\d+)(?:\.(\d+))?\s*[,}]/.exec(text);
    if (match === null) return undefined;
    const [, seconds = '', fraction = ''] = match;
    // Six digits or less are nanoseconds only by one chance in a thousand; a longer fraction before told who writes.
    this.#isNanoseconds ||= fraction.length > 6;
    const fractionMs = this.#isNanoseconds ? Number(fraction) / 1e6 : Number(`0.${fraction}`) * 1000;
    return Number(seconds) * 1000 + fractionMs;
  }
}
