import { networkInterfaces } from 'node:os';
import type { Check, Checked, Finding, Fix, Host, HttpAnswer } from '../doctor/check.ts';
import { startOf } from '../doctor/checks/cluster.ts';
import { messageOf } from '../util/errors.ts';
import { shellLine } from '../util/shell-word.ts';
import { neededMetrics } from './chart-choice.ts';
import { fetchSchema, openPmapi } from './pmapi-client.ts';
import { addressUrl, askPmapi, type HostAddress, pmproxyPort } from './pmapi-transport.ts';

/** pmcd's registered port; PCP's own programs take another from PMCD_PORT (PCPIntro(1)). */
const pmcdPort = 44_321;
/** pmproxy's second port, meant for TLS, and the one that Faasm's guide gives to Vector. */
export const guidePort = 44_323;
const nameSpace = '/var/lib/pcp/pmns';
/** What is looked at beside the metrics of the charts: those of single processes. */
const groups = [...neededMetrics, { title: 'Processes', names: ['proc.nprocs'] }];

/** Where it is asked, and whether that is the machine on which the answers are read. */
export interface HealthPlace {
  readonly address: HostAddress;
  readonly isHere: boolean;
}

/**
 * The questions of `monitor.check`, in the order in which one thing needs the other. All of them are needed; what only
 * works less well is a `warn`. Commands that fix are for this machine, or say on which one to type them.
 */
export function healthChecks({ address, isHere }: HealthPlace): readonly Check[] {
  const place = new Place(address, isHere);
  const check = (id: string, title: string, run: Check['run']): Check => ({
    id,
    title,
    needs: ['monitor'],
    helps: [],
    run,
  });
  return [
    ...(isHere ? [check('name-space', 'Name space of metrics', nameSpaceBuilt)] : []),
    check('pmcd', 'pmcd', async (host) => await place.pmcd(host)),
    check('pmproxy', 'pmproxy', async (host) => await place.pmproxy(host)),
    ...(address.port === pmproxyPort
      ? [check('pmproxy-guide', `pmproxy at ${guidePort}`, async (host) => await place.guide(host))]
      : []),
    check('metrics', 'Metrics', async (host) => await place.metrics(host)),
    check('vector', 'Vector in a browser', async (host) => await place.vector(host)),
  ];
}

/** True when all is well; what works less well does not count. */
export function isHealthy(checked: readonly Checked[]): boolean {
  return checked.every(({ state }) => state === 'ok' || state === 'warn');
}

type Proxy =
  | { readonly kind: 'pmproxy'; readonly version: string; readonly cors: string | undefined }
  | { readonly kind: 'other'; readonly what: string }
  | { readonly kind: 'silent'; readonly why: string };

/** One host, asked each thing once however many checks want to know. */
class Place {
  readonly #address: HostAddress;
  readonly #isHere: boolean;
  #proxy: Promise<Proxy> | undefined;
  #values: Promise<ReadonlySet<string> | { readonly why: string }> | undefined;

  constructor(address: HostAddress, isHere: boolean) {
    this.#address = address;
    this.#isHere = isHere;
  }

  async pmcd(host: Host): Promise<Finding> {
    const port = Number(/^\d+/.exec(host.env['PMCD_PORT'] ?? '')?.[0] ?? pmcdPort);
    const where = `${this.#address.host}:${port}`;
    const proxy = await this.#askProxy(host);
    const through = proxy.kind === 'pmproxy' ? await this.#pmcdVersion(host) : undefined;
    if (through !== undefined) {
      const text = `${through.version}, asked through pmproxy`;
      return { state: 'ok', found: through.pmcd === undefined ? text : `${text}: ${through.pmcd}` };
    }
    // pmcd speaks first.
    const answer = await host.ask(this.#address.host, port, '');
    if (answer !== undefined && proxy.kind !== 'pmproxy')
      return { state: 'ok', found: `answers at ${where}` };
    return {
      state: answer === undefined ? 'missing' : 'broken',
      found:
        answer === undefined
          ? `nothing answers at ${where}`
          : `answers at ${where}, but pmproxy does not reach it`,
      wanted: 'the running collector of metrics',
      fix: await (answer === undefined ? this.#start(host, 'pmcd') : this.#start(host, 'pmproxy', 'restart')),
      ...this.#orSetUp(),
    };
  }

  async pmproxy(host: Host): Promise<Finding> {
    const where = addressUrl(this.#address);
    const proxy = await this.#askProxy(host);
    if (proxy.kind === 'pmproxy') return { state: 'ok', found: `${proxy.version} at ${where}` };
    return {
      state: proxy.kind === 'other' ? 'broken' : 'missing',
      found: proxy.kind === 'other' ? `${where} is ${proxy.what}` : `${where}: ${proxy.why}`,
      wanted: 'the REST API of metrics',
      fix: proxy.kind === 'other' ? await whoIsThere(this.#address.port) : await this.#start(host, 'pmproxy'),
      ...(proxy.kind === 'other' ? {} : this.#orSetUp()),
    };
  }

  async guide(host: Host): Promise<Finding> {
    const proxy = await this.#askProxy(host);
    const guide = { ...this.#address, port: guidePort };
    const second = await asked(host, guide);
    if (second.kind === 'pmproxy') return { state: 'ok', found: `${second.version} at ${addressUrl(guide)}` };
    if (proxy.kind !== 'pmproxy') return waiting('pmproxy');
    return {
      state: 'warn',
      found: second.kind === 'other' ? `something else: ${second.what}` : second.why,
      wanted: `the port that Faasm's guide gives to Vector; ${pmproxyPort} works as well there`,
      fix: this.#command(['sh', '-c', 'ss -ltnp | grep pmproxy'], true),
    };
  }

  async metrics(host: Host): Promise<Finding> {
    const values = await this.#askValues(host);
    if ('why' in values) return waiting('pmcd and pmproxy');
    const lacking = groups.flatMap(({ title, names }) => {
      const absent = names.filter((name) => !values.has(name));
      return absent.length === 0 ? [] : [`${title} (${absent.join(', ')})`];
    });
    if (lacking.length === 0) return { state: 'ok', found: groups.map(({ title }) => title).join(', ') };
    return {
      state: 'missing',
      found: `no values for ${lacking.join(', ')}`,
      wanted: 'the agents that have them, and their names',
      fix: await this.#start(host, 'pmcd', 'restart'),
      otherFix: this.#command(['sh', '-c', `cd ${nameSpace} && ./Rebuild -u`], true),
    };
  }

  async vector(host: Host): Promise<Finding> {
    const proxy = await this.#askProxy(host);
    if (proxy.kind !== 'pmproxy') return waiting('pmproxy');
    const { host: name, port } = this.#address;
    if (proxy.cors !== '*') {
      return {
        state: 'broken',
        found: `pmproxy ${proxy.cors === undefined ? 'sends no Access-Control-Allow-Origin' : `allows ${proxy.cors} only`}`,
        wanted: 'a header that lets pages of another address read its answers',
        fix: {
          kind: 'advice',
          text: `pmproxy sends it by itself: is a web server in front of it? curl -sI ${addressUrl(this.#address)}/pmapi/context`,
        },
      };
    }
    const second =
      port === pmproxyPort ? await asked(host, { ...this.#address, port: guidePort }) : undefined;
    const displayed = second?.kind === 'pmproxy' ? guidePort : port;
    const found = `add the host ${name} with port ${displayed}`;
    if (!this.#isHere) return { state: 'ok', found };
    const outside = outsideAddress();
    if (outside === undefined)
      return { state: 'ok', found: `${found}; this machine has no address but loopback` };
    const reached = await asked(host, { ...this.#address, host: outside });
    return reached.kind === 'pmproxy'
      ? { state: 'ok', found: `${found}; from other machines ${outside}` }
      : { state: 'ok', found: `${found}; from other machines it cannot be reached (it listens on loopback)` };
  }

  async #askProxy(host: Host): Promise<Proxy> {
    this.#proxy ??= asked(host, this.#address);
    return await this.#proxy;
  }

  async #askValues(host: Host): Promise<ReadonlySet<string> | { readonly why: string }> {
    this.#values ??= valuesThere(this.#address, host.signal);
    return await this.#values;
  }

  async #pmcdVersion(
    host: Host,
  ): Promise<{ readonly version: string; readonly pmcd: string | undefined } | undefined> {
    const { pmcd } = this.#address;
    const query = { names: 'pmcd.version', ...(pmcd === undefined ? {} : { hostspec: pmcd }) };
    const reply = await askPmapi(this.#address, 'fetch', query, host.signal).catch(() => undefined);
    host.signal.throwIfAborted();
    const value = fetchSchema.safeParse(reply?.body).data?.values[0]?.instances[0]?.value;
    return typeof value === 'string' ? { version: value, pmcd } : undefined;
  }

  async #start(host: Host, service: string, how = 'start'): Promise<Fix> {
    const argv = await startOf(host, service);
    return this.#command(
      argv.map((argument) => (argument === 'start' ? how : argument)),
      true,
    );
  }

  #command(argv: readonly string[], asRoot: boolean): Fix {
    if (this.#isHere) return { kind: 'command', argv, asRoot };
    return {
      kind: 'advice',
      text: `on ${this.#address.host}: ${shellLine(asRoot ? ['sudo', ...argv] : argv)}`,
    };
  }

  #orSetUp(): { readonly otherFix: Fix } {
    return { otherFix: this.#command(['tasks', 'monitor.setup'], false) };
  }
}

function waiting(what: string): Finding {
  return { state: 'missing', found: `not known without ${what}`, wanted: `${what} first` };
}

async function nameSpaceBuilt(host: Host): Promise<Finding> {
  const text = await host.text(host.system(`${nameSpace}/root`));
  if (text !== undefined && /^\s*kernel\b/m.test(text)) return { state: 'ok', found: `${nameSpace}/root` };
  const hasPackage = (await host.facts(host.system(`${nameSpace}/Rebuild`))) !== undefined;
  return {
    state: text === undefined ? 'missing' : 'broken',
    found:
      text === undefined
        ? `there is no ${nameSpace}/root`
        : `${nameSpace}/root does not name the kernel's metrics`,
    wanted: "what the package's set-up builds where systemd runs",
    fix: hasPackage
      ? { kind: 'command', argv: ['sh', '-c', `cd ${nameSpace} && ./Rebuild -u`], asRoot: true }
      : { kind: 'command', argv: ['tasks', 'monitor.setup'] },
  };
}

/** Who answers at an address. pmproxy names itself in the page that it gives for an address it does not know. */
async function asked(host: Host, address: HostAddress): Promise<Proxy> {
  const answer = await host.get(`${addressUrl(address)}/pmapi/ping`);
  if ('why' in answer) return { kind: 'silent', why: answer.why };
  const version = /pmproxy\/(\d[\w.]*)/.exec(answer.body)?.[1];
  if (version !== undefined)
    return { kind: 'pmproxy', version, cors: header(answer, 'access-control-allow-origin') };
  const server = header(answer, 'server');
  return {
    kind: 'other',
    what: server === undefined ? 'another HTTP server' : `another HTTP server (${server.slice(0, 60)})`,
  };
}

function header({ headers }: HttpAnswer, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** Which of the groups' metrics have values. */
async function valuesThere(
  address: HostAddress,
  signal: AbortSignal,
): Promise<ReadonlySet<string> | { readonly why: string }> {
  try {
    const client = await openPmapi(address, signal);
    const { values } = await client.fetch(groups.flatMap(({ names }) => names));
    return new Set([...values].flatMap(([name, instances]) => (instances.size > 0 ? [name] : [])));
  } catch (error) {
    signal.throwIfAborted();
    return { why: messageOf(error) };
  }
}

async function whoIsThere(port: number): Promise<Fix> {
  return { kind: 'command', argv: ['ss', '-ltnp', `sport = :${port}`], asRoot: true };
}

/** An address of this machine that others may see. */
function outsideAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address;
}
