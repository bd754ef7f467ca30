import { isIP } from 'node:net';
import { type AddressRule, createAddressRule, isRange } from './address-rule.ts';

/** A target that a request may be sent to, as far as its URL tells. */
export interface Destination {
  readonly url: URL;
  /** The host without the brackets of an IPv6 address. */
  readonly host: string;
  /** The operator named this host and port: whatever its addresses are, it may be reached, also without TLS. */
  readonly isNamed: boolean;
}

export type DestinationReading =
  | { readonly destination: Destination }
  /** What is wrong with it, for its owner to read. */
  | { readonly refused: string };

export interface DestinationRule {
  readonly addresses: AddressRule;
  /** Nothing is resolved: an address in the URL is judged here, the addresses of a name when they are known. */
  read(text: string): DestinationReading;
}

export interface DestinationRuleOptions {
  /** Ports of URLs; others only at hosts that are named. */
  readonly ports: readonly number[];
  /** `HOST:PORT` or ranges of addresses that may be reached though they are not public. */
  readonly allowed: readonly string[];
  readonly nat64: boolean;
}

export const NOT_PUBLIC = 'the address is not one of the public internet';

/** Throws a TypeError that names the entry of `allowed` which is neither `HOST:PORT` nor a range. */
export function createDestinationRule({ ports, allowed, nat64 }: DestinationRuleOptions): DestinationRule {
  const addresses = createAddressRule({ allowedRanges: allowed.filter(isRange), nat64 });
  const named = new Set(allowed.filter((entry) => !isRange(entry)).map(namedHost));
  const taken = new Set(ports);

  return {
    addresses,
    read(text) {
      let url: URL;
      try {
        // Its parser turns every spelling of an address (2130706433, 0x7f.1, 127.1) into the one that is connected to.
        url = new URL(text);
      } catch {
        return { refused: 'not a valid URL' };
      }
      if (url.protocol !== 'https:' && url.protocol !== 'http:') return { refused: 'the URL must be https' };
      if (url.username !== '' || url.password !== '') return { refused: 'the URL may not carry credentials' };
      const port = url.port === '' ? DEFAULT_PORTS[url.protocol] : Number(url.port);
      const isNamed = named.has(`${url.hostname}:${port}`);
      const host = url.hostname.replace(/^\[|\]$/g, '');
      const destination = { url, host, isNamed };
      if (isNamed) return { destination };
      if (url.protocol !== 'https:') return { refused: 'the URL must be https' };
      if (!taken.has(port)) return { refused: `port ${port} is not allowed` };
      // A request to an address looks nothing up, so this is the only place to judge it.
      if (isIP(host) !== 0 && !addresses.allows(host)) return { refused: NOT_PUBLIC };
      return { destination };
    },
  };
}

const DEFAULT_PORTS = { 'https:': 443, 'http:': 80 } as const;

/** As `URL` spells host and port. */
function namedHost(entry: string): string {
  const match = /^(?<host>\[[0-9a-fA-F:.]+\]|[^[\]:/?#@\s]+):(?<port>\d{1,5})$/.exec(entry);
  try {
    const { hostname } = new URL(`https://${match?.groups?.host ?? ''}`);
    const port = Number(match?.groups?.port);
    if (hostname !== '' && port >= 1 && port <= 65_535) return `${hostname}:${port}`;
  } catch {
    // Said below.
  }
  throw new TypeError(`${entry} is neither HOST:PORT nor a range such as 10.1.0.0/16`);
}
