import { reasonOf } from '../../../../kit/errors.ts';
import type { PacedWarning } from '../../../../kit/logging/paced-warning.ts';
import type { Clock } from '../../../../ports/clock.ts';
import type { Lease } from '../../../../ports/stores/alerts/alert-records.ts';
import type { AlertStore } from '../../../../ports/stores/alerts/alert-store.ts';
import { fairShare, PARTITIONS } from '../../intake/partitions.ts';

/** Leases after those of partitions. */
const FIRST_SEAT = PARTITIONS;

/** What is done with partitions that are taken and given away. */
export interface PartitionWork {
  /** These were taken, at the same time. Rejects where they cannot be evaluated. */
  open(leases: readonly Lease[]): Promise<void>;
  renewed(lease: Lease): void;
  /** Ends the evaluation, with what waits kept in this time. */
  close(partition: number, leftMs: number): Promise<void>;
}

/**
 * Holds this worker's share of the partitions by leases. Each worker takes what nobody holds until it has its share, and
 * gives back what is above it, so that workers that come and go share the work; what a worker held that was killed is
 * free when its leases end. How many they are is what the store says, where each has a lease more, its seat: one that is counted
 * takes its share, so no partition is left to somebody who is not there.
 */
export interface PartitionHolder {
  /** What is free is held and evaluated when it resolves. Rejects where that cannot be. */
  start(): Promise<void>;
  /** It is no longer held, or has to be loaded anew: it is taken again where it is free. */
  lost(partition: number): void;
  held(): number;
  problem(): string | null;
  /** Keeps what waits, in this time, and gives all of them back. */
  stop(leftMs: number): Promise<void>;
}

export interface PartitionHolderParts {
  readonly store: Pick<AlertStore, 'lease' | 'leases' | 'release' | 'renew'>;
  readonly clock: Clock;
  readonly warnPaced: PacedWarning;
  /** Names this worker. */
  readonly holder: string;
  readonly work: PartitionWork;
  readonly settings: { readonly leaseMs: number };
}

/** Renewals in the time of a lease: two may fail before it ends. */
const RENEWALS = 3;
/** Longest time between two looks at the share. */
const MOST_LOOK_MS = 2_000;

export function createPartitionHolder(parts: PartitionHolderParts): PartitionHolder {
  const { store, clock, warnPaced, holder, work, settings } = parts;
  const { leaseMs } = settings;
  const held = new Map<number, Lease>();
  let seat: Lease | null = null;
  let timer: NodeJS.Timeout | null = null;
  let looking: Promise<void> | null = null;
  let stopped = false;
  let problem: string | null = null;
  /** Workers begin at different partitions, so that they do not all want the same one. */
  const first = [...holder].reduce((sum, each) => (sum * 31 + each.charCodeAt(0)) % PARTITIONS, 0);

  const take = (partition: number) => store.lease(partition, holder, clock.now(), leaseMs);

  const isFresh = ({ untilMs }: Lease) => untilMs - clock.now() > (leaseMs * (RENEWALS - 1)) / RENEWALS;

  async function takeSeat(): Promise<void> {
    if (seat !== null && isFresh(seat)) return;
    let number = seat?.partition ?? FIRST_SEAT;
    for (seat = null; seat === null; number++) seat = await take(number);
  }

  /** The others then share without this worker. */
  async function leaveSeat(): Promise<void> {
    const left = seat;
    seat = null;
    if (left !== null) await store.release(left);
  }

  async function seated(): Promise<number> {
    const leases = await store.leases(clock.now());
    const seats = leases.filter(({ partition }) => partition >= FIRST_SEAT);
    return new Set([holder, ...seats.map((each) => each.holder)]).size;
  }

  /** All of them together, once one is due; true where each was still held. */
  async function renewAll(): Promise<boolean> {
    const leases = seat === null ? [...held.values()] : [...held.values(), seat];
    if (leases.every(isFresh)) return true;
    const untilMs = clock.now() + leaseMs;
    if (!(await store.renew(leases, untilMs))) return false;
    for (const lease of leases) {
      const renewed = { ...lease, untilMs };
      if (lease === seat) seat = renewed;
      // One may have been lost meanwhile.
      if (held.get(lease.partition) !== lease) continue;
      held.set(lease.partition, renewed);
      work.renewed(renewed);
    }
    return true;
  }

  async function renew(): Promise<void> {
    if (await renewAll()) return;
    for (const [partition, lease] of held) {
      const renewed = await take(partition);
      if (renewed !== null && renewed.token === lease.token) {
        held.set(partition, renewed);
        work.renewed(renewed);
        continue;
      }
      // Somebody else had it in between: what is in memory is not what is stored.
      held.delete(partition);
      await work.close(partition, 0);
      if (renewed !== null) await store.release(renewed);
    }
  }

  async function giveBack(partition: number, leftMs: number): Promise<void> {
    const lease = held.get(partition);
    held.delete(partition);
    await work.close(partition, leftMs);
    if (lease !== undefined) await store.release(lease);
  }

  async function share(): Promise<void> {
    await takeSeat();
    const most = fairShare(await seated());
    for (const partition of [...held.keys()].slice(most)) await giveBack(partition, leaseMs / RENEWALS);
    const taken: Lease[] = [];
    for (let i = 0; i < PARTITIONS && held.size + taken.length < most && !stopped; i++) {
      const partition = (first + i) % PARTITIONS;
      if (held.has(partition)) continue;
      const lease = await take(partition);
      if (lease !== null) taken.push(lease);
    }
    if (taken.length === 0) return;
    for (const lease of taken) held.set(lease.partition, lease);
    try {
      await work.open(taken);
    } catch (error) {
      for (const { partition } of taken) await giveBack(partition, 0);
      throw error;
    }
  }

  async function shareOrLeave(): Promise<void> {
    try {
      await share();
    } catch (error) {
      // Its share is not taken, so it must not be counted. What the store does not take ends with the lease.
      await leaveSeat().catch(() => undefined);
      throw error;
    }
  }

  async function look(): Promise<void> {
    try {
      await renew();
      await shareOrLeave();
      problem = null;
    } catch (error) {
      problem = reasonOf(error);
      warnPaced('partitions', 'alert_partitions_not_held', { reason: problem });
    }
  }

  const next = (): void => {
    if (stopped) return;
    timer = setTimeout(run, Math.min(leaseMs / RENEWALS, MOST_LOOK_MS));
  };
  const run = (): void => {
    looking = look().finally(() => {
      looking = null;
      next();
    });
  };

  return {
    async start() {
      await shareOrLeave();
      next();
    },
    lost(partition) {
      held.delete(partition);
    },
    held: () => held.size,
    problem: () => problem,
    async stop(leftMs) {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      await looking;
      if (timer !== null) clearTimeout(timer);
      const given = [...held.keys()].map((partition) => giveBack(partition, leftMs));
      await Promise.allSettled([...given, leaveSeat()]);
    },
  };
}
