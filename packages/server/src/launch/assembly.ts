import { writesDataFolder } from '../adapters.ts';
import { DeltaStreamError, reasonOf } from '../kit/errors.ts';
import { type FolderLock, lockFolder } from '../kit/files/folder-lock.ts';
import { INGEST, ingestRefusal } from '../kit/ingest/ingest-settings.ts';
import { type SharedIntake, shareIntake } from '../kit/ingest/shared-intake.ts';
import { within } from '../kit/lifecycle/bounded-wait.ts';
import type { LogSink, Service, ServiceName } from '../kit/lifecycle/service.ts';
import { followLogLevels } from '../kit/logging/level-commands.ts';
import { type Logger, serviceLogger } from '../kit/logging/log.ts';
import { createBusLog } from '../kit/logging/outputs/bus-log.ts';
import { LOG_OUTPUT } from '../kit/logging/outputs/log-output-settings.ts';
import { createOutputMetrics, type LogOutput } from '../kit/logging/outputs/output-metrics.ts';
import { createImportNumbers } from '../kit/recordings/import-numbers.ts';
import { TOKENS } from '../kit/tokens/token-settings.ts';
import { traceBus } from '../kit/tracing/traced-bus.ts';
import type { Bus, Subscription } from '../ports/bus.ts';
import { systemClock } from '../ports/clock.ts';
import type { TokenVerifier } from '../ports/token-verifier.ts';
import { SERVICES, type Services, urlOf } from '../services.ts';
import type { Settings } from '../settings/compose.ts';
import { datasetOf, isShared } from '../settings/places.ts';
import { createService, type ServiceContext, type ServiceEntry } from './create-service.ts';
import { createHttpServers } from './http-servers.ts';
import { listeningPorts, trustedProxiesOf } from './listening-ports.ts';
import { type Part, startInOrder, stopInOrder } from './part-order.ts';
import { createPresence, type Presence } from './presence.ts';
import { createAdapterSet, isAdapter, type ProcessPorts } from './process-ports.ts';

/** The services of one process and what they stand on, from their making to their end. */
export interface Assembly {
  readonly services: Readonly<Partial<Services>>;
  readonly ports: Readonly<Partial<ProcessPorts>>;
  /**
   * Holds the data folder where something writes to it, and looks at the versions of its files before any is opened.
   * Rejects with `data_folder_in_use`, `data_folder_unusable` or `newer_release`.
   */
  lock(): Promise<void>;
  /** Opens the ports and creates the services; what keeps log lines is told to `addLogSink` as soon as it can. */
  create(addLogSink: (sink: LogSink) => void): Promise<void>;
  /** Resolves with where the services can be reached. */
  start(): Promise<readonly string[]>;
  /** The services that listen, in the order of what `start` resolved with. */
  listening(): readonly ServiceName[];
  /** Ends everything that was made, at any time; idempotent, bounded in time. */
  stop(): Promise<void>;
}

/** Assembles what the settings describe. Throws `invalid_setting` when that makes no sense; nothing is opened yet. */
export function assemble(settings: Settings, root: Logger, outputs: readonly LogOutput[] = []): Assembly {
  const logger = serviceLogger(root, 'platform');
  const names = chosen(settings);
  const asks = (port: keyof ProcessPorts) => names.some((name) => entryOf(name).ports.includes(port));
  const adapters = createAdapterSet(settings, root);
  const { ports } = adapters;
  const services: Partial<Services> = {};
  const running = (): Service[] => Object.values(services);
  const servers = createHttpServers(running, listeningPorts(names, settings), verifier, settings, root);
  let presence: Presence | undefined;
  let levels: Subscription | null = null;
  let lock: FolderLock | null = null;
  let stopping: Promise<void> | null = null;
  const busLog =
    isShared(settings.bus) && !names.includes('logging') ? createBusLog(LOG_OUTPUT.of(settings)) : null;

  const logOutputs = busLog ? [...outputs, busLog] : outputs;
  const ofProcess = logOutputs.length > 0 ? [createOutputMetrics(logOutputs)] : [];

  const onFailure = (what: string, error: unknown) =>
    logger.event('stop_failed', { reason: reasonOf(error) }, `${what} did not stop cleanly`);

  async function verifier(): Promise<TokenVerifier> {
    const { bus } = ports;
    if (bus === undefined) throw new DeltaStreamError('internal', 'tokens are checked with a bus');
    ports.verifier ??= await openRemoteVerifier(bus, settings, root);
    return ports.verifier;
  }

  const writes = (name: ServiceName) =>
    entryOf(name)
      .ports.filter(isAdapter)
      .some((port) => writesDataFolder(port, settings));

  async function create(
    name: ServiceName,
    context: ServiceContext,
    addLogSink: (sink: LogSink) => void,
  ): Promise<void> {
    const entry = entryOf(name);
    if (entry.ports.includes('verifier')) await verifier();
    if (entry.ports.includes('hosted')) ports.hosted = running();
    const folderProblem = () => (writes(name) && lock?.problem()) || null;
    const service = await createService(name, entry, ports, context, folderProblem);
    Object.assign(services, { [name]: service });
    if (service.verifier) ports.verifier = service.verifier;
    if (service.logSink) addLogSink(service.logSink);
    if (stopping === null) return;
    await service.stop();
    throw new DeltaStreamError('stopped', 'stopped while it started');
  }

  const partOf = (service: Service): Part => {
    const { does, needs, startsAfter } = entryOf(service.name);
    const start = async () => {
      await service.start();
      presence?.heartbeats.include([service]);
    };
    return { name: service.name, does, needs, startsAfter, start, stop: service.stop };
  };
  const parts = (): Part[] => [...running().map(partOf), servers];

  async function stop(): Promise<void> {
    const begun = performance.now();
    const attempt = (what: string, work: Promise<unknown> | undefined) =>
      work?.catch((error: unknown) => onFailure(what, error));
    const drained = async () => {
      // What others share outlives this process, and is theirs to finish. Half of the time is left for the rest.
      if (isShared(settings.bus) || !ports.bus) return;
      const leftMs = Math.max(0, begun + settings.stopTimeoutMs / 2 - performance.now());
      await within(leftMs, ports.bus.drained(), () => undefined);
    };
    // Nobody shall be told that services fell silent which stop because they were asked to.
    await attempt('platform watch', presence?.watch.stop());
    await attempt('heartbeats', presence?.heartbeats.stop());
    await attempt('intake', ports.intake?.stop());
    // What keeps the log goes last, so that what the others say while they stop is kept.
    const logKeepers = running().filter(({ logSink }) => logSink !== undefined);
    const others = parts().filter(({ name }) => logKeepers.every((each) => each.name !== name));
    await stopInOrder(others, drained, onFailure);
    await attempt('levels of the log', levels?.stop());
    await attempt('log', busLog?.stop());
    await adapters.close(
      onFailure,
      logKeepers.flatMap(({ name }) => entryOf(name).ports),
    );
    for (const each of logKeepers) await attempt(each.name, each.stop());
    await adapters.close(onFailure);
    lock?.release();
  }

  /** Two processes that write to one folder would each take the other's rows for damage. */
  function stopStoring(reason: string): void {
    logger.event('data_folder_lost', { reason });
    const storing = parts().filter(({ does, needs }) => does?.includes('store') || needs?.includes('store'));
    void stopInOrder(storing, async () => {}, onFailure);
  }

  return {
    services,
    ports,
    async lock() {
      if (!names.some(writes)) return;
      lock = lockFolder(settings.data, { onLost: stopStoring });
      (await import('../stored-data/stored-data.ts')).requireKnownFiles(settings);
    },
    async create(addLogSink) {
      if (busLog) addLogSink(busLog);
      await adapters.open(names.flatMap((name) => entryOf(name).ports));
      if (ports.bus) busLog?.start(ports.bus);
      if (ports.bus) levels = await followLogLevels(traceBus(ports.bus, logger), logger);
      if (ports.bus) presence = createPresence(ports.bus, settings, root);
      ports.platform = presence?.watch;
      if (ports.bus && asks('intake')) ports.intake = openIntake(ports.bus, settings, root);
      const store = ports.marketReader ?? ports.marketStore;
      const nextImport = ports.bus && createImportNumbers({ bus: ports.bus, store });
      const trustedProxies = trustedProxiesOf(names, settings);
      const context = { settings, logger: root, clock: systemClock, trustedProxies, nextImport, ofProcess };
      for (const name of names) await create(name, context, addLogSink);
    },
    async start() {
      if (asks('platform')) await presence?.watch.start();
      await startInOrder(parts());
      return [...running().flatMap((each) => each.url?.() ?? []), ...servers.urls()];
    },
    listening: () => [...running().flatMap(({ name, url }) => (url ? [name] : [])), ...servers.names()],
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** What quotes in JSON become part of is never said by who sends them. */
function openIntake(bus: Bus, settings: Settings, logger: Logger): SharedIntake {
  const dataset = datasetOf(settings);
  const own = serviceLogger(logger, 'ingest');
  const parts = { bus: traceBus(bus, own), clock: systemClock, logger: own };
  return shareIntake(parts, { ...INGEST.of(settings), dataset }, ingestRefusal(dataset));
}

const entryOf = (name: ServiceName): ServiceEntry => SERVICES[name];

/**
 * The services that the settings choose, in the order of their creation: what provides a port before what is given it.
 * Throws `invalid_setting` for one that is named, or of which something is asked, and that would have nothing to do.
 */
function chosen(settings: Settings): ServiceName[] {
  const rank = ({ provides, ports }: ServiceEntry) =>
    provides !== undefined ? 0 : ports.includes('hosted') ? 2 : 1;
  const hasWork = (name: ServiceName) => entryOf(name).wanted?.when(settings) ?? true;
  for (const name of settings.only ?? []) {
    if (hasWork(name)) continue;
    throw new DeltaStreamError(
      'invalid_setting',
      `--only ${name} has nothing to do without ${entryOf(name).wanted?.flag}`,
    );
  }
  for (const { wanted } of Object.values<ServiceEntry>(SERVICES)) {
    const refusal = wanted?.when(settings) === false ? wanted.refusal?.(settings) : null;
    if (refusal) throw new DeltaStreamError('invalid_setting', refusal);
  }
  return (Object.keys(SERVICES) as ServiceName[])
    .filter((name) => settings.only?.includes(name) ?? true)
    .filter(hasWork)
    .sort((a, b) => rank(entryOf(a)) - rank(entryOf(b)));
}

/** Checks tokens where the auth service is not one of this process: with what it publishes. */
export async function openRemoteVerifier(
  bus: Bus,
  settings: Settings,
  logger: Logger,
): Promise<TokenVerifier> {
  const { createRemoteVerifier } = await import('../kit/tokens/remote-verifier.ts');
  const { authIssuer: issuer, authAudience: audience } = settings;
  const authUrl = urlOf('auth', settings);
  return createRemoteVerifier({
    ...TOKENS.of(settings),
    authUrl,
    issuer,
    audience,
    clock: systemClock,
    bus,
    logger,
  });
}
