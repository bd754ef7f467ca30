import { Registry } from 'prom-client';
import type { Check, Service } from '../kit/lifecycle/service.ts';
import type { ServiceContext, ServiceEntry } from '../services.ts';
import { type OpenPorts, type ProcessPorts, withFoundations } from './process-ports.ts';

/**
 * Creates a service on the ports it asks for, all of which are there. It is as ready as what it stands on, and counts
 * with its own what that counts. `folderProblem` is why the data folder may not be written to.
 */
export async function createService(
  entry: ServiceEntry,
  ports: OpenPorts,
  context: ServiceContext,
  folderProblem: () => string | null,
): Promise<Service> {
  const given: OpenPorts = Object.fromEntries(entry.ports.map((port) => [port, ports[port]]));
  const foundations = new Set(withFoundations(entry.ports));
  const service = await entry.create(given as ProcessPorts, context);
  const counted = [given.cache, given.rateLimiter, given.marketStore].flatMap((port) => port?.metrics ?? []);
  const portChecks = (): Check[] =>
    (['bus', 'queue'] as const).flatMap((port) => (foundations.has(port) && ports[port]?.checks()) || []);
  const folderChecks = (): Check[] => {
    const reason = folderProblem();
    return reason === null ? [] : [{ name: 'data_folder', ok: false, reason }];
  };
  return {
    ...service,
    metrics: counted.length === 0 ? service.metrics : Registry.merge([service.metrics, ...counted]),
    ready: async () => [...(await service.ready()), ...portChecks(), ...folderChecks()],
  };
}
