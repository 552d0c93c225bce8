import { Agent, createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { HttpResponse } from './recorded-case.ts';
import { plainUrl, type Sent } from './recorded-effects.ts';

/** A server that stands for every host there is: it keeps what it is sent and answers as the case says. */
export class Cluster {
  readonly #server;
  readonly #port: number;
  readonly #sent: Sent[] = [];
  #responses: readonly HttpResponse[] = [];

  private constructor(server: ReturnType<typeof createServer>, port: number) {
    this.#server = server;
    this.#port = port;
  }

  /** Starts it, and leads every connection of this process there, whatever address it was for. */
  static async start(): Promise<Cluster> {
    let cluster: Cluster | undefined;
    const server = createServer((incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const { method = '', url = '/', headers } = incoming;
        const filePath = headers['filepath'];
        const response = cluster?.take({
          method,
          url: plainUrl(`http://${headers.host ?? ''}${url}`),
          ...bodyOf(Buffer.concat(chunks)),
          filePath: typeof filePath === 'string' ? filePath : undefined,
        });
        if (response === undefined || response.refused === true) incoming.socket.destroy();
        else outgoing.writeHead(response.status ?? 200).end(response.text ?? '');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (!isAddress(address)) throw new Error('the server has no port');
    cluster = new Cluster(server, address.port);
    const { port } = address;
    Object.defineProperty(Agent.prototype, 'createConnection', {
      configurable: true,
      value: () => connect({ port, host: '127.0.0.1' }),
    });
    return cluster;
  }

  /** Forgets what it was sent, and takes the next case's answers. */
  begin(responses: readonly HttpResponse[]): void {
    this.#sent.length = 0;
    this.#responses = responses;
  }

  take(request: Sent): HttpResponse {
    const answer = this.#responses[this.#sent.length] ?? { status: 200, text: 'ok' };
    this.#sent.push(request);
    return answer;
  }

  get sent(): readonly Sent[] {
    return [...this.#sent];
  }

  get port(): number {
    return this.#port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return address !== null && typeof address !== 'string';
}

function bodyOf(bytes: Buffer): { json: unknown; body: string | undefined } {
  const text = bytes.toString('utf8');
  if (text === '') return { json: undefined, body: undefined };
  try {
    return { json: JSON.parse(text), body: undefined };
  } catch {
    return { json: undefined, body: text };
  }
}
