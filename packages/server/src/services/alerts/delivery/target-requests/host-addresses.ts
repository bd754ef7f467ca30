import { lookup, Resolver } from 'node:dns/promises';

/** All addresses of a name. Rejects where it has none. `isNamed`: the operator named the host. */
export type HostAddresses = (host: string, isNamed: boolean, signal: AbortSignal) => Promise<string[]>;

/** Names that their users choose may be slow to resolve; more tries would only hold the request up. */
const RESOLVER_TRIES = 2;

/**
 * Asks the name servers of the machine. Names that users choose do not go through the operating system's resolver, whose
 * few threads are those of password hashing and files, and which knows names of the local network (`/etc/hosts`, mDNS);
 * those that the operator named do, because they may be just that.
 */
export function createHostAddresses(timeoutMs: number): HostAddresses {
  return async (host, isNamed, signal) => {
    if (isNamed) return (await lookup(host, { all: true })).map(({ address }) => address);
    const resolver = new Resolver({ timeout: Math.ceil(timeoutMs / RESOLVER_TRIES), tries: RESOLVER_TRIES });
    const cancel = () => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
      const addresses = found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
      if (addresses.length > 0) return addresses;
      throw new Error(`${host} has no address`);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };
}
