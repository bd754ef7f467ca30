import { Registry } from 'prom-client';
import type { Check, Service, ServiceName } from '../kit/lifecycle/service.ts';
import { type Logger, serviceLogger } from '../kit/logging/log.ts';
import { traceBus } from '../kit/tracing/traced-bus.ts';
import { traceQueue } from '../kit/tracing/traced-queue.ts';
import { traceStore } from '../kit/tracing/traced-store.ts';
import type { ServiceContext, ServiceEntry } from '../services.ts';
import { type OpenPorts, type ProcessPorts, withFoundations } from './process-ports.ts';

/**
 * Creates a service on the ports it asks for, all of which are there. It is as ready as what it stands on, and counts
 * with its own what that counts. `folderProblem` is why the data folder may not be written to. What is one for
 * all services of the process is counted with each.
 */
export async function createService(
  name: ServiceName,
  entry: ServiceEntry,
  ports: OpenPorts,
  context: ServiceContext,
  folderProblem: () => string | null,
): Promise<Service> {
  const given: OpenPorts = Object.fromEntries(entry.ports.map((port) => [port, ports[port]]));
  const traced = tracePorts(given, serviceLogger(context.logger, name));
  const foundations = new Set(withFoundations(entry.ports));
  const service = await entry.create(traced as ProcessPorts, context);
  const counted = [given.cache, given.rateLimiter, given.marketStore]
    .flatMap((port) => port?.metrics ?? [])
    .concat(context.ofProcess ?? []);
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

/** Ports through which a service says and learns for whom something is done. */
function tracePorts(given: OpenPorts, logger: Logger): OpenPorts {
  const { bus, queue, marketStore, marketReader } = given;
  return {
    ...given,
    ...(bus && { bus: traceBus(bus, logger) }),
    ...(queue && { queue: traceQueue(queue, logger) }),
    ...(marketStore && { marketStore: traceStore(marketStore, logger) }),
    ...(marketReader && { marketReader: traceStore(marketReader, logger) }),
  };
}
