import { createServer } from 'node:http';

export interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** What a {@link recordingServer} says to a request. */
export interface CannedAnswer {
  readonly status: number;
  readonly text: string;
  /** How long it thinks. */
  readonly delayMs?: number;
}

export interface RecordingServer {
  readonly port: number;
  readonly requests: readonly Recorded[];
  close(): Promise<void>;
}

/** An HTTP server on a free port of this machine that keeps what it is sent and answers as it is told. */
export async function recordingServer(
  answer: (request: Recorded, index: number) => CannedAnswer,
): Promise<RecordingServer> {
  const requests: Recorded[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url: path = '' } = incoming;
      const request = { method, path, body: Buffer.concat(chunks).toString('utf8') };
      const { status, text, delayMs = 0 } = answer(request, requests.length);
      requests.push(request);
      setTimeout(() => outgoing.writeHead(status).end(text), delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    port: address.port,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
