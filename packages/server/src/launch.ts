import { productInfo, sessionIsOpen } from '@deltastream/reference';
import { openPort, type PortName, type Ports, writesDataFolder } from './adapters.ts';
import { DeltaStreamError, reasonOf } from './kit/errors.ts';
import { type FolderLock, lockFolder } from './kit/files/folder-lock.ts';
import { createHeartbeats, type Heartbeats } from './kit/health/heartbeats.ts';
import { createPlatformWatch, type PlatformWatch } from './kit/health/platform-watch.ts';
import { PRESENCE } from './kit/health/presence-settings.ts';
import { HTTP } from './kit/http/http-settings.ts';
import { unlessAborted, within } from './kit/lifecycle/bounded-wait.ts';
import { type Check, SERVICE_NAMES, type Service, type ServiceName } from './kit/lifecycle/service.ts';
import { type StandaloneServer, serveAlone } from './kit/lifecycle/standalone.ts';
import { createConsoleLog } from './kit/logging/console-log.ts';
import { createLogger, type Logger, serviceLogger, silentLogger } from './kit/logging/log.ts';
import { createLogRelay } from './kit/logging/log-relay.ts';
import type { TokenVerifier } from './kit/tokens/token.ts';
import { listeningPorts } from './listening-ports.ts';
import { systemClock } from './ports/clock.ts';
import { createImportNumbers } from './services/operations/transfers/import-number.ts';
import { pathMaskOf, SERVICES, type ServiceEntry, type Services, tokenVerifier } from './services.ts';
import type { Settings } from './settings/compose.ts';
import { isShared } from './settings/places.ts';
import { useReferenceFile } from './settings/reference-file.ts';
import { openDataHostRule, tokenRule, trustedProxiesOf } from './settings/token-rule.ts';

/** A running platform: the services that the settings chose, and the ports they share. */
export interface Platform {
  readonly services: Readonly<Partial<Services>>;
  readonly ports: Readonly<Partial<Ports>>;
  /** Where it can be reached: the gateway, else every service. */
  readonly urls: readonly string[];
  /** Stops the feed and closes the doors, lets what was sent be stored, then stops the rest; idempotent, bounded in time. */
  stop(): Promise<void>;
}

/** The OpenAPI document of the services that the settings choose; nothing is started and nothing listens. */
export async function describeApi(settings: Settings): Promise<object> {
  const parts: Parts = { created: {}, ports: {}, standalone: [] };
  const names = chosen(settings);
  try {
    await openPorts(names, parts.ports, settings, silentLogger);
    for (const name of names) await create(name, parts, settings, silentLogger);
    return (await parts.created.gateway?.describe()) ?? {};
  } finally {
    await stopParts(parts, null, settings, silentLogger);
  }
}

interface Parts {
  readonly created: Partial<Services>;
  presence?: Presence;
  /** Of the data folder, where this process writes to it. */
  lock?: FolderLock | null;
  readonly ports: Partial<Ports>;
  readonly standalone: StandaloneServer[];
  /** Checks tokens for every service of this process; made when the first asks for it. */
  verifier?: Promise<TokenVerifier>;
}

/**
 * Opens the ports that the chosen services ask for, creates the services in the order of the table and
 * starts them: the gateway when the others work, the feed last, so that nothing is published before
 * everything that consumes it works. When a part fails, or the signal aborts, which rejects with `stopped`, what was made
 * is stopped again. `show` prints warnings for the operator.
 */
export async function launch(
  settings: Settings,
  show: (text: string) => void,
  signal?: AbortSignal,
): Promise<Platform> {
  const names = chosen(settings);
  const listening = listeningPorts(names, settings);
  const writes = names.some((name) => SERVICES[name].ports.some((port) => writesDataFolder(port, settings)));
  const relay = createLogRelay([createConsoleLog(show)]);
  const logger = createLogger(settings.logLevel, relay);
  const parts: Parts = { created: {}, ports: {}, standalone: [] };
  const lock = writes
    ? lockFolder(settings.data, { onLost: (reason) => stopWriting(parts, reason, logger) })
    : null;
  parts.lock = lock;
  let restoreReference = () => {};
  let stopping: Promise<void> | null = null;
  const stop = () => {
    stopping ??= stopParts(parts, lock, settings, logger).finally(() => restoreReference());
    return stopping;
  };
  const begin = async () => {
    restoreReference = await useReferenceFile(settings.reference, signal);
    if (writes) (await import('./stored-data.ts')).requireKnownFiles(settings);
    await openPorts(names, parts.ports, settings, logger);
    parts.presence = createPresence(names, parts.ports, settings, logger);
    for (const name of names) {
      await create(name, parts, settings, logger);
      if (name === 'logging' && parts.created.logging) relay.add(parts.created.logging.sink);
    }
    await start(parts, listening, settings, logger);
  };
  try {
    // The work is then ended by the stop of its parts.
    await unlessAborted(signal, begin(), () => {
      throw new DeltaStreamError('stopped', 'stopped while it started');
    });
  } catch (error) {
    await stop();
    throw error;
  }
  const { gateway } = parts.created;
  const urls = gateway ? [gateway.url()] : parts.standalone.map(({ url }) => url);
  return { services: parts.created, ports: parts.ports, urls, stop };
}

/** Two processes that write to one folder would each take the other's rows for damage. */
function stopWriting({ created }: Parts, reason: string, root: Logger): void {
  const logger = serviceLogger(root, 'platform');
  logger.error({ reason }, "the data folder is no longer this process's");
  for (const service of [created.feed, created.storage]) {
    service
      ?.stop()
      .catch((error) => logger.error({ reason: reasonOf(error) }, `${service.name} did not stop`));
  }
}

interface Presence {
  readonly heartbeats: Heartbeats;
  /** Where a service of this process tells clients how the platform is. */
  readonly watch?: PlatformWatch;
}

/** What this process tells the others of itself, and what it knows of them. */
function createPresence(
  names: readonly ServiceName[],
  { bus }: Partial<Ports>,
  settings: Settings,
  root: Logger,
): Presence | undefined {
  if (!bus) return undefined;
  const logger = serviceLogger(root, 'platform');
  const heartbeats = createHeartbeats({ bus, logger }, { intervalMs: settings.heartbeatMs });
  const inSession = (product: string) => {
    const info = productInfo(product);
    return info ? sessionIsOpen(info, systemClock.now()) : null;
  };
  const told = names.some((name) => name === 'gateway' || name === 'socket-gateway');
  if (!told) return { heartbeats };
  const ports = { bus, clock: systemClock, logger, own: heartbeats.process };
  return { heartbeats, watch: createPlatformWatch(ports, { ...PRESENCE.of(settings), inSession }) };
}

/** Names of the chosen services in the order of the table; without a source there is no feed. */
function chosen(settings: Settings): (keyof Services)[] {
  const wanted = new Set(settings.only ?? SERVICE_NAMES);
  if (settings.source === 'none') wanted.delete('feed');
  return (Object.keys(SERVICES) as (keyof Services)[]).filter((name) => wanted.has(name));
}

async function create<Name extends keyof Services>(
  name: Name,
  parts: Parts,
  settings: Settings,
  logger: Logger,
): Promise<void> {
  const { created, ports } = parts;
  const entry: ServiceEntry<Name> = SERVICES[name];
  const store = ports.marketReader ?? ports.marketStore;
  const given = Object.fromEntries(entry.ports.map((port) => [port, ports[port]])) as unknown as Ports;
  const service: Services[Name] = await entry.create(given, {
    settings,
    logger,
    clock: systemClock,
    nextImport: store && createImportNumbers(store),
    created,
    verifier: () => verifierOf(parts, settings, logger),
    platform: parts.presence?.watch,
  });
  const writes = entry.ports.some((port) => writesDataFolder(port, settings));
  const folderChecks = (): Check[] => {
    const reason = (writes && parts.lock?.problem()) || null;
    return reason === null ? [] : [{ name: 'data_folder', ok: false, reason }];
  };
  created[name] = {
    ...service,
    ready: async () => [...(await service.ready()), ...portChecks(given), ...folderChecks()],
  };
}

/** The auth service, where it is one of this process, is created before all who check tokens. */
function verifierOf(parts: Parts, settings: Settings, logger: Logger): Promise<TokenVerifier> {
  const { created, ports } = parts;
  if (ports.bus === undefined) throw new DeltaStreamError('internal', 'tokens are checked with a bus');
  parts.verifier ??= tokenVerifier(ports.bus, { settings, logger, clock: systemClock, created });
  return parts.verifier;
}

/** A service is as ready as what it stands on: the servers behind its ports. */
const portChecks = (ports: Partial<Ports>): Check[] =>
  [ports.bus, ports.queue].flatMap((port) => port?.checks() ?? []);

/** Opens what the services ask for, at the same time where one does not lean on another. */
async function openPorts(
  names: readonly (keyof Services)[],
  ports: Partial<Ports>,
  settings: Settings,
  logger: Logger,
): Promise<void> {
  const needed = new Set(names.flatMap((name) => [...SERVICES[name].ports]));
  const open = async <Name extends PortName>(name: Name) => {
    ports[name] = await openPort(name, settings, ports, logger);
  };
  // A reader shares the writer's threads where there is one, so it opens after it.
  const readers = needed.delete('marketReader') ? (['marketReader'] as const) : [];
  await all([...needed].map(open));
  await all(readers.map(open));
}

async function start(
  parts: Parts,
  listening: ReturnType<typeof listeningPorts>,
  settings: Settings,
  logger: Logger,
): Promise<void> {
  const { created, standalone, presence } = parts;
  const services: Service[] = Object.values(created);
  const { gateway, feed } = created;
  const tokensRequired = tokenRule(settings).required;
  const hostRule = openDataHostRule(settings);
  const first = services.filter((each) => each !== gateway && each !== feed);
  await presence?.watch?.start();
  await all(first.map((each) => each.start()));
  presence?.heartbeats.include(first);
  for (const service of services) {
    const port = listening.get(service.name);
    if (service === gateway || port === undefined) continue;
    const verifier = service.routes && (await verifierOf(parts, settings, logger));
    const options = {
      ...HTTP.of(settings),
      host: settings.host,
      trustedProxies: trustedProxiesOf(settings),
      maskPaths: pathMaskOf(settings),
      logger,
      port,
    };
    standalone.push(await serveAlone(service, { ...options, verifier, tokensRequired, hostRule }));
  }
  await gateway?.start();
  await feed?.start();
  presence?.heartbeats.include([gateway, feed].filter((each) => each !== undefined));
}

/** Waits for all, also when one fails, so that nothing is left half done; then throws the first failure. */
async function all(work: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
}

async function stopParts(
  { created, ports, standalone, presence }: Parts,
  lock: FolderLock | null,
  settings: Settings,
  root: Logger,
): Promise<void> {
  const logger = serviceLogger(root, 'platform');
  const attempt = async (what: string, work: () => Promise<unknown> | undefined) => {
    try {
      await work();
    } catch (error) {
      logger.error({ reason: reasonOf(error) }, `${what} did not stop cleanly`);
    }
  };
  // Nobody shall be told that services fell silent which stop because they were asked to.
  await attempt('platform watch', () => presence?.watch?.stop());
  await attempt('heartbeats', () => presence?.heartbeats.stop());
  const feedThenDrain = async () => {
    await attempt('feed', () => created.feed?.stop());
    // What others share outlives this process, and is theirs to finish. Half of the time is left for the rest.
    if (!isShared(settings.bus) && ports.bus) {
      await within(settings.stopTimeoutMs / 2, ports.bus.drained(), () => undefined);
    }
  };
  // The doors together: a client's socket holds the HTTP server open until the socket gateway lets it go.
  await Promise.all([
    feedThenDrain(),
    attempt('gateway', () => created.gateway?.stop()),
    attempt('socket-gateway', () => created['socket-gateway']?.stop()),
    ...standalone.map((server) => attempt(server.url, () => server.stop())),
  ]);
  const services: Service[] = Object.values(created);
  const early = new Set(['feed', 'gateway', 'socket-gateway', 'logging']);
  const rest = services.filter(({ name }) => !early.has(name)).toReversed();
  for (const service of rest) await attempt(service.name, () => service.stop());
  await attempt('bus', () => ports.bus?.close());
  await attempt('queue', () => ports.queue?.close());
  await attempt('cache', () => ports.cache?.close());
  await attempt('rate limiter', () => ports.rateLimiter?.close());
  await attempt('market reader', () => ports.marketReader?.close());
  await attempt('market store', () => ports.marketStore?.close());
  await attempt('users', () => ports.users?.close());
  // Logging goes last, so that what the others said while stopping is kept.
  await attempt('logging', () => created.logging?.stop());
  await attempt('logs', () => ports.logs?.close());
  lock?.release();
}
