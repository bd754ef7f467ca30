import { DeltaStreamError } from '../kit/errors.ts';
import type { ServiceName } from '../kit/lifecycle/service.ts';
import { SERVICES } from '../services.ts';
import type { Settings } from '../settings/compose.ts';
import type { ServiceEntry } from './create-service.ts';

/**
 * The services of one process that listen, each with its port; 0 takes a free one. Beside one that serves the
 * others, the gateway, none but that listens. Without it every service does: one alone on `--port`, several each on the port
 * of its own, or with `--port 0` each on a free one. With `compatiblePorts` those of the tutorial listen beside the gateway,
 * too. Throws `invalid_setting` when one port is given for several.
 */
export function listeningPorts(
  names: readonly ServiceName[],
  { port, compatiblePorts = false }: Pick<Settings, 'port'> & Partial<Pick<Settings, 'compatiblePorts'>>,
): ReadonlyMap<ServiceName, number> {
  const hosts = names.filter(servesOthers);
  if (hosts.length > 0 && compatiblePorts) {
    const beside = names.filter((name) => COMPATIBLE.includes(name));
    const own = beside.map((name) => [name, port === 0 ? 0 : SERVICES[name].alone] as const);
    return new Map([...hosts.map((name) => [name, port ?? SERVICES[name].alone] as const), ...own]);
  }
  const listening = hosts.length > 0 ? hosts : names;
  if (port !== undefined && port !== 0 && listening.length > 1) {
    throw new DeltaStreamError(
      'invalid_setting',
      `--port ${port} names one port for ${listening.length} services without the gateway (${listening.join(', ')}): ` +
        'leave it out for the ports of their own, say 0 for free ones, or give each a process',
    );
  }
  return new Map(listening.map((name) => [name, port ?? SERVICES[name].alone]));
}

/**
 * Whose X-Forwarded-For the servers of a process believe. One that serves the others is in front of them. Without it the
 * gateway, or a proxy, is: what comes from this machine speaks for its callers, so that limits hold for those.
 */
export const trustedProxiesOf = (
  names: readonly ServiceName[],
  { trustedProxies }: Pick<Settings, 'trustedProxies'>,
): readonly string[] => (names.some(servesOthers) ? trustedProxies : ['loopback', ...trustedProxies]);

const servesOthers = (name: ServiceName): boolean => {
  const { ports }: ServiceEntry = SERVICES[name];
  return ports.includes('hosted');
};

/** What has a port of its own in the tutorial. */
const COMPATIBLE: readonly ServiceName[] = ['auth', 'socket-gateway', 'storage', 'analytics', 'logging'];
