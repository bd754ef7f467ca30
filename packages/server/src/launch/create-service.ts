import { Registry } from 'prom-client';
import type { Check, Service, ServiceName } from '../kit/lifecycle/service.ts';
import { type Logger, serviceLogger } from '../kit/logging/log.ts';
import type { ImportNumbers } from '../kit/recordings/import-numbers.ts';
import { traceBus } from '../kit/tracing/traced-bus.ts';
import { traceQueue } from '../kit/tracing/traced-queue.ts';
import { traceStore } from '../kit/tracing/traced-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Settings } from '../settings/compose.ts';
import type { Place } from './part-order.ts';
import { type OpenPorts, type ProcessPortName, type ProcessPorts, withFoundations } from './process-ports.ts';

/** What every service gets besides its ports. */
export interface ServiceContext {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Whose X-Forwarded-For the servers of this process believe. */
  readonly trustedProxies: readonly string[];
  /** Numbers replays as imports: above those of the store, too, where this process reads one. */
  readonly nextImport?: ImportNumbers;
  /** Counts what is one for all services of the process. */
  readonly ofProcess?: readonly Registry[];
}

/** What a service is to the process it runs in, which knows nothing else of it, and never its name. */
export interface ServiceEntry<Made extends Service = Service, Given extends ProcessPortName = ProcessPortName>
  extends Place {
  /** The ports it is given, and no others. */
  readonly ports: readonly Given[];
  /** The port of which it is the adapter, for the services that are created after it. */
  readonly provides?: 'verifier';
  /** Whether the settings leave it something to do, and the flag that does; without it they always do. */
  readonly wanted?: {
    readonly flag: string;
    when(settings: Settings): boolean;
    /** What is wrong where something is asked of it that has nothing to do; null where nothing is. */
    refusal?(settings: Settings): string | null;
  };
  /** Its port when it runs without the gateway and `--port` does not say another. */
  readonly alone: number;
  /** The setting that says where it is, for processes that ask it and do not run it. */
  readonly url?: Extract<keyof Settings, `${string}Url`>;
  create(ports: Pick<ProcessPorts, Given>, context: ServiceContext): Made | Promise<Made>;
}

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
