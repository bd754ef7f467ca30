import { openPort, type PortName, type Ports } from '../adapters.ts';
import { DeltaStreamError } from '../kit/errors.ts';
import type { PlatformWatch } from '../kit/health/platform-watch.ts';
import type { SharedIntake } from '../kit/ingest/shared-intake.ts';
import type { HostedService } from '../kit/lifecycle/service.ts';
import type { Logger } from '../kit/logging/log.ts';
import type { TokenVerifier } from '../ports/token-verifier.ts';
import type { Settings } from '../settings/compose.ts';

/** What a service may ask for: adapters of files and servers, and what the process itself has. */
export interface ProcessPorts extends Ports {
  /** Checks access tokens: the auth service, where it is one of this process, else what it publishes. */
  readonly verifier: TokenVerifier;
  /** Knows the processes on the bus. */
  readonly platform: PlatformWatch;
  /** Takes quotes in JSON; one for all ways in. */
  readonly intake: SharedIntake;
  /** The other services of this process: what has this port serves them. */
  readonly hosted: readonly HostedService[];
}

export type ProcessPortName = keyof ProcessPorts;

/** Ports on which others stand, and by which they are opened first. */
const STANDS_ON: Partial<Record<ProcessPortName, readonly ProcessPortName[]>> = {
  verifier: ['bus'],
  platform: ['bus'],
  intake: ['bus'],
};

/** These ports and those on which they stand. */
export const withFoundations = (names: readonly ProcessPortName[]): readonly ProcessPortName[] => [
  ...new Set(names.flatMap((name) => [name, ...(STANDS_ON[name] ?? [])])),
];

const MADE_BY_THE_PROCESS: readonly ProcessPortName[] = ['verifier', 'platform', 'intake', 'hosted'];
export const isAdapter = (name: ProcessPortName): name is PortName => !MADE_BY_THE_PROCESS.includes(name);

/** The ports that there are so far. */
export type OpenPorts = { -readonly [Name in ProcessPortName]?: ProcessPorts[Name] };

export interface AdapterSet {
  readonly ports: OpenPorts;
  /** Opens the adapters among these, at the same time where one does not lean on another. */
  open(names: readonly ProcessPortName[]): Promise<void>;
  /**
   * Closes every adapter but `kept`, the last opened first; what is still being opened is closed when it is there.
   * Nothing is opened after it. A failure is told to `onFailure` and keeps no other open.
   */
  close(onFailure: (name: string, error: unknown) => void, kept?: readonly ProcessPortName[]): Promise<void>;
}

export function createAdapterSet(settings: Settings, logger: Logger): AdapterSet {
  const ports: OpenPorts = {};
  const opened: PortName[] = [];
  let closed = false;

  const openOne = async <Name extends PortName>(name: Name) => {
    const port: Ports[Name] = await openPort(name, settings, ports, logger);
    if (closed) {
      await port.close();
      throw new DeltaStreamError('stopped', `${name} was opened too late: the process is stopping`);
    }
    (ports as Record<PortName, unknown>)[name] = port;
    opened.push(name);
  };

  return {
    ports,
    async open(names) {
      const adapters = withFoundations(names).filter(isAdapter);
      // A reader shares the writer's threads where there is one, so it opens after it.
      const [readers, others] = [true, false].map((isReader) =>
        adapters.filter((name) => (name === 'marketReader') === isReader),
      );
      await all(others.map(openOne));
      await all(readers.map(openOne));
    },
    async close(onFailure, kept = []) {
      closed = true;
      for (const name of opened.filter((each) => !kept.includes(each)).reverse()) {
        opened.splice(opened.indexOf(name), 1);
        await ports[name]?.close().catch((error: unknown) => onFailure(name, error));
      }
    },
  };
}

/** Waits for all, also when one fails, so that nothing is left half done; then throws the first failure. */
async function all(work: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
}
