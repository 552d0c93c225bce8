import type { Call } from './call.ts';
import type { GraphResult } from './exec-graph-text.ts';
import type { Host } from './hosts.ts';

/** The calls that share an app id: what a client asked for, and everything that chained from it. */
export class App {
  readonly id: number;
  /** Calls that have no result yet, in the order they were made. */
  readonly unfinished = new Set<Call>();
  /** Calls made while it is in flight, by id: what a chained call can be awaited by. */
  readonly calls = new Map<number, Call>();
  readonly results = new Map<number, GraphResult>();
  readonly #onHosts = new Map<Host, number>();
  resultBytes = 0;
  /** A reset or flush came while calls ran: what they give is nobody's any more. */
  isForgotten = false;

  constructor(id: number) {
    this.id = id;
  }

  get isFinished(): boolean {
    return this.unfinished.size === 0;
  }

  callsOn(host: Host): number {
    return this.#onHosts.get(host) ?? 0;
  }

  began(call: Call, host: Host): void {
    call.state = 'running';
    call.host = host;
    this.#onHosts.set(host, this.callsOn(host) + 1);
  }

  ended(call: Call): void {
    call.state = 'ended';
    this.unfinished.delete(call);
    if (call.host !== undefined) this.#onHosts.set(call.host, this.callsOn(call.host) - 1);
  }

  /** The reply to EXECUTE_BATCH_STATUS; undefined without any result. */
  statusText(): string | undefined {
    if (this.results.size === 0) return undefined;
    const results = [...this.results].sort(([a], [b]) => a - b).map(([, { text }]) => text);
    const appId = this.id === 0 ? '' : `"appId":${this.id},`;
    const finished = this.isFinished ? '"finished":true,' : '';
    return `{${appId}${finished}"messageResults":[${results.join(',')}]}`;
  }
}

interface MostKept {
  readonly results: number;
  readonly bytes: number;
}

/** All apps a planner knows; of the finished ones the oldest are forgotten when there are too many results. */
export class AppTable {
  readonly #apps = new Map<number, App>();
  readonly #finished = new Set<App>();
  readonly #most: MostKept;
  #results = 0;
  #bytes = 0;

  constructor(most: MostKept) {
    this.#most = most;
  }

  get(id: number): App | undefined {
    return this.#apps.get(id);
  }

  open(id: number): App {
    const found = this.#apps.get(id);
    if (found !== undefined) {
      this.#finished.delete(found);
      return found;
    }
    const app = new App(id);
    this.#apps.set(id, app);
    return app;
  }

  inFlight(): readonly App[] {
    return [...this.#apps.values()].filter((app) => !app.isFinished);
  }

  /** Whether results of apps in flight alone are more than may be kept. */
  get isFull(): boolean {
    return this.#results >= this.#most.results || this.#bytes >= this.#most.bytes;
  }

  keep(app: App, id: number, result: GraphResult): void {
    if (app.isForgotten) return;
    const before = app.results.get(id);
    const bytes = result.text.length - (before?.text.length ?? 0);
    app.results.set(id, result);
    app.resultBytes += bytes;
    this.#bytes += bytes;
    if (before === undefined) this.#results++;
    if (app.isFinished) {
      app.calls.clear();
      this.#finished.add(app);
    }
    this.#makeRoom();
  }

  /** Forgets everything; calls that run belong to nobody from here on. */
  clear(): void {
    for (const app of this.#apps.values()) app.isForgotten = true;
    this.#apps.clear();
    this.#finished.clear();
    this.#results = 0;
    this.#bytes = 0;
  }

  /** The newest finished app stays whatever its size: somebody is about to ask for it. */
  #makeRoom(): void {
    for (const app of this.#finished) {
      if (!this.isFull || this.#finished.size === 1) return;
      this.#finished.delete(app);
      this.#apps.delete(app.id);
      this.#results -= app.results.size;
      this.#bytes -= app.resultBytes;
    }
  }
}
