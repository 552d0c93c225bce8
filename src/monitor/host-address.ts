import { UsageError } from '../util/errors.ts';

/** Where pmproxy answers, and which pmcd it is asked for. */
export interface HostAddress {
  readonly host: string;
  readonly port: number;
  /** A PCP host specification (PCPIntro(1)) for pmproxy to connect to; undefined: the pmcd beside it. */
  readonly pmcd: string | undefined;
}

/** pmproxy's registered port for its REST API (pmproxy(1)); Faasm's guide uses 44323. */
export const pmproxyPort = 44322;

/** Reads `HOST`, `HOST:PORT`, `[IPV6]:PORT` or an `http://` address. @throws UsageError for anything else. */
export function parseHostAddress(text: string, pmcd?: string): HostAddress {
  const plain = text
    .trim()
    .replace(/^http:\/\//i, '')
    .replace(/\/(?:pmapi\/?)?$/, '');
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^\s:/[\]@?#]+))(?::(\d{1,5}))?$/.exec(plain);
  const bare = /^[0-9a-fA-F]*:[0-9a-fA-F:]*:[0-9a-fA-F.]*$/.test(plain);
  const host = bare ? plain : (match?.[1] ?? match?.[2]);
  const port = bare || match?.[3] === undefined ? pmproxyPort : Number(match[3]);
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port, pmcd };
  throw new UsageError(`${JSON.stringify(text)} is not a host with an optional port`, {
    hints: [`For example: --host=worker-2, --host=10.0.0.5:${pmproxyPort}, --host=[::1]:44323`],
  });
}

/** `http://host:port`, IPv6 addresses in brackets. */
export function addressUrl({ host, port }: HostAddress): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
