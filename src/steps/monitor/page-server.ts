import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dashboardPage, dashboardPolicy } from '../../monitor/dashboard-page.ts';
import type { PageData, PageSample } from '../../monitor/page-data.ts';
import { errnoOf, messageOf, TaskError } from '../../util/errors.ts';

const loopback = '127.0.0.1';
/** A reader that is further behind than this is let go; it comes back and gets everything anew. */
const mostWaitingBytes = 8_000_000;
const samplesAtOnce = 1000;

const commonHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** The dashboard page on this machine's loopback, and the stream of samples that it reads. */
export class PageServer {
  readonly url: string;
  readonly #server: Server;
  readonly #page: string;
  readonly #readers = new Set<ServerResponse>();
  readonly #samples: PageSample[] = [];

  private constructor(server: Server, page: string) {
    this.#server = server;
    this.#page = page;
    this.url = `http://${loopback}:${portOf(server)}/`;
    server.on('request', (request, response) => this.#answer(request, response));
  }

  /** Listens; port 0 is a free one. @throws TaskError when the port is taken or not permitted. */
  static async listen(data: PageData, port: number): Promise<PageServer> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(cannotListen(port, error)));
      server.listen(port, loopback, resolve);
    });
    return new PageServer(server, dashboardPage(data));
  }

  add(sample: PageSample): void {
    this.#samples.push(sample);
    for (const reader of this.#readers) {
      if (reader.writableLength > mostWaitingBytes) reader.destroy();
      else reader.write(samplesEvent([sample]));
    }
  }

  /** Tells every page that there is no more, and stops listening. */
  async close(): Promise<void> {
    for (const reader of this.#readers) reader.end('event: end\ndata: \n\n');
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
      // A page that does not read on must not hold the task.
      setTimeout(() => this.#server.closeAllConnections(), 300).unref();
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const refusal = this.#refusal(request);
    // What follows a question mark is nobody's business here.
    const path = (request.url ?? '/').split('?', 1)[0];
    if (refusal !== undefined) say(response, refusal.status, refusal.why);
    else if (path === '/events') this.#stream(request, response);
    else if (path === '/') this.#sendPage(request, response);
    else say(response, 404, 'There is nothing here');
  }

  #sendPage(request: IncomingMessage, response: ServerResponse): void {
    const headers = { ...commonHeaders, 'content-security-policy': dashboardPolicy };
    response.writeHead(200, { ...headers, 'content-type': 'text/html; charset=utf-8' });
    response.end(request.method === 'HEAD' ? undefined : this.#page);
  }

  /** Pages of other places reach loopback too, under names of their own (DNS rebinding): only ours may ask. */
  #refusal({
    method,
    headers,
  }: IncomingMessage): { readonly status: number; readonly why: string } | undefined {
    const port = portOf(this.#server);
    const own = [loopback, 'localhost'].map((name) => `${name}:${port}`);
    if (port === 80) own.push(loopback, 'localhost');
    if (!own.includes((headers.host ?? '').toLowerCase())) return { status: 403, why: 'Not under this name' };
    const { origin } = headers;
    if (origin !== undefined && !own.some((name) => origin.toLowerCase() === `http://${name}`))
      return { status: 403, why: 'Not for pages of another origin' };
    return method === 'GET' || method === 'HEAD' ? undefined : { status: 405, why: 'Only for reading' };
  }

  #stream(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { ...commonHeaders, 'content-type': 'text/event-stream' });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    response.write('retry: 1000\n\n');
    for (let at = 0; at < this.#samples.length; at += samplesAtOnce)
      response.write(samplesEvent(this.#samples.slice(at, at + samplesAtOnce)));
    this.#readers.add(response);
    response.on('error', () => undefined);
    response.on('close', () => this.#readers.delete(response));
  }
}

function samplesEvent(samples: readonly PageSample[]): string {
  return `event: samples\ndata: ${JSON.stringify(samples)}\n\n`;
}

function say(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { ...commonHeaders, 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${why}\n`);
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function cannotListen(port: number, error: Error): TaskError {
  const why = errnoOf(error) === 'EADDRINUSE' ? 'another program has it' : messageOf(error);
  return new TaskError(`Could not serve the page on port ${port}: ${why}`, {
    hints: ['Leave --port out for a free one', `Who has it: ss -ltnp 'sport = :${port}'`],
    cause: error,
  });
}
