import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createVenueConnection, type VenueConnection } from './connection/index.ts';
import { openWebSocket } from './connection/wire/wire-socket.ts';
import type { InstrumentId, InstrumentList, OptionInstrument } from './instrument.ts';
import type { Fault, SimulatedMarket, Simulator } from './simulators/index.ts';
import type { Venue } from './venue.ts';
import type { WireTimes } from './wire-protocol.ts';

export interface VenueContract {
  readonly products: readonly string[];
  /** A market of these products whose quotes change several times a second. */
  readonly createMarket: () => SimulatedMarket | Promise<SimulatedMarket>;
  readonly createSimulator: (market: SimulatedMarket) => Promise<Simulator>;
  /** The venue at the addresses of the simulator, with these times; a poll is to be made at least each 500 ms. */
  readonly createVenue: (simulator: Simulator, times: WireTimes) => Venue;
  /** The credentials that `createVenue` gives; none where the venue has none. */
  readonly secrets: readonly string[];
  /** Epoch ms at which its market is open; by default now, for a market that is always open. */
  readonly openAt?: number;
}

/**
 * Short, so that recovery is seen soon; long beside what a loaded machine is late, so that what is well is not connected anew.
 */
const TIMES: WireTimes = {
  silenceMs: 2_000,
  stallMs: 1_500,
  pingMs: 500,
  connectMs: 4_000,
  firstRetryMs: 20,
  lastRetryMs: 300,
};

const CLOSE_MS = 2_000;

/** What must be seen while a fault lasts, besides that all is well after it. */
type Effect = 'interrupted' | 'mute' | 'refused' | 'flows' | 'anything';

const FAULTS: readonly (readonly [Fault, Effect])[] = [
  [{ kind: 'silence' }, 'interrupted'],
  [{ kind: 'mute' }, 'mute'],
  [{ kind: 'half_frames' }, 'anything'],
  [{ kind: 'duplicates' }, 'flows'],
  [{ kind: 'late', byMs: 200 }, 'flows'],
  [{ kind: 'token_expired' }, 'refused'],
  [{ kind: 'disconnects', everyMs: 200 }, 'interrupted'],
  [{ kind: 'slow_drip', overMs: 300 }, 'anything'],
  [{ kind: 'oversize_refused' }, 'flows'],
  [{ kind: 'zeros' }, 'flows'],
  [{ kind: 'wrong_instrument' }, 'flows'],
];

/** What every venue does against its simulator: see `connection/`. Three lines of a suite run it. */
export function venueContract(name: string, contract: VenueContract): void {
  describe(`${name} as a venue`, () => {
    let simulator: Simulator;
    let venue: Venue;
    let connection: VenueConnection;
    let list: InstrumentList | null;
    let options: readonly OptionInstrument[];
    let quoted: Set<InstrumentId>;
    let quotes: number;
    let logged: string[];
    let failures: unknown[];
    const failed = (error: unknown) => failures.push(error);

    beforeEach(async () => {
      process.on('unhandledRejection', failed);
      [quoted, quotes, logged, failures, list, options] = [new Set(), 0, [], [], null, []];
      simulator = await contract.createSimulator(await contract.createMarket());
      venue = contract.createVenue(simulator, TIMES);
      const event = (name: string, fields: object) => logged.push(`${name} ${JSON.stringify(fields)}`);
      const openAt = contract.openAt ?? Date.now();
      const begun = performance.now();
      connection = createVenueConnection(
        {
          venue,
          products: contract.products,
          sink: {
            quote({ id }) {
              quoted.add(id);
              quotes++;
            },
            state: () => undefined,
            listed: () => undefined,
            rejected: () => undefined,
          },
          reconnected: () => undefined,
          loaded(loaded) {
            list = loaded;
            options = loaded.instruments.filter((each) => each.kind === 'option');
            connection.follow(loaded, options);
          },
          settings: {
            ...{ reloadMs: 3_600_000, relistMs: 1_000, requestMs: 4_000 },
            ...{ firstRetryMs: 20, lastRetryMs: 300, closeMs: CLOSE_MS },
          },
        },
        {
          clock: {
            now: () => openAt + performance.now() - begun,
            monotonicMs: () => performance.now(),
          },
          log: { event },
          random: Math.random,
          openSocket: openWebSocket,
        },
      );
      connection.start();
      await expectLive();
    });

    afterEach(async () => {
      const begun = performance.now();
      await connection.close();
      expect(performance.now() - begun).toBeLessThan(CLOSE_MS + 1_000);
      const after = quotes;
      await expect.poll(() => simulator.connections()).toBe(0);
      expect(quotes, 'quotes after the end').toBe(after);
      await simulator.close();
      process.off('unhandledRejection', failed);
      expect(failures).toEqual([]);
      const shown = `${logged.join('\n')} ${JSON.stringify(connection.report())}`;
      for (const secret of contract.secrets) expect(shown).not.toContain(secret);
    });

    const wanted = () => new Set(venue.subscriptions(list!, options));

    /** New quotes come, all is confirmed, and the venue has each subscription once. */
    async function expectLive(): Promise<void> {
      await expect.poll(() => connection.report().state).toBe('live');
      const before = quotes;
      await expect.poll(() => quotes).toBeGreaterThan(before);
      if (!venue.wire) return;
      await expect.poll(() => connection.report().confirmed).toBe(wanted().size);
      const held = simulator.subscriptions().flatMap((each) => [...each]);
      expect(held.filter(([, times]) => times > 1)).toEqual([]);
      expect(held.map(([id]) => id).sort()).toEqual([...wanted()].sort());
    }

    async function expectEffect(effect: Effect): Promise<void> {
      const before = connection.report().counts;
      const now = () => connection.report();
      const flowed = quotes;
      switch (effect) {
        case 'interrupted':
          await expect.poll(() => now().counts.gaps).toBeGreaterThan(before.gaps);
          expect(now().counts.connects).toBeGreaterThanOrEqual(before.connects);
          return;
        case 'mute':
          if (!venue.wire) return;
          await expect.poll(() => now().state).toBe('mute');
          expect(now().counts.stalls).toBeGreaterThan(before.stalls);
          expect(now().counts.gaps).toBeGreaterThan(before.gaps);
          expect(now().reason).toContain('no quote');
          return;
        case 'refused':
          if (contract.secrets.length === 0) return;
          await expect.poll(() => now().state).toBe('refused');
          expect(now().reason).not.toBeNull();
          return;
        case 'flows':
          await expect.poll(() => quotes).toBeGreaterThan(flowed);
          return;
        case 'anything':
          await expect
            .poll(() => {
              const { counts } = now();
              return counts.messages + counts.connects + counts.rejected;
            })
            .toBeGreaterThan(before.messages + before.connects + before.rejected);
          return;
      }
    }

    it('gives quotes of what is listed', async () => {
      expect(options.length).toBeGreaterThan(0);
      await expect.poll(() => options.filter(({ id }) => quoted.has(id)).length).toBe(options.length);
      expect(connection.report()).toMatchObject({
        venue: venue.name,
        leftOut: 0,
        listed: list?.instruments.length,
      });
    });

    it.each(FAULTS)('is live again after %j', async (fault, effect) => {
      simulator.fault(fault);
      // A request of a poll is over before its connection is cut, and the next has one of its own.
      await expectEffect(fault.kind === 'disconnects' && !venue.wire ? 'flows' : effect);
      simulator.fault(null);
      await expectLive();
    });

    it('subscribes and unsubscribes alone what changes', async () => {
      if (!venue.wire) return;
      const connects = () =>
        connection
          .report()
          .parts.filter(({ kind }) => kind === 'socket')
          .reduce((sum, { counts }) => sum + counts.connects, 0);
      const before = connects();
      const all = options;
      options = all.slice(0, Math.ceil(all.length / 2));
      connection.follow(list!, options);
      const kept = () => simulator.subscriptions().reduce((sum, { size }) => sum + size, 0);
      await expect.poll(kept).toBe(wanted().size);
      options = all;
      connection.follow(list!, options);
      await expect.poll(kept).toBe(wanted().size);
      expect(connects()).toBe(before);
    });

    it('ends while the venue says nothing', async () => {
      simulator.fault({ kind: 'silence' });
      await connection.close();
      expect(connection.report().parts.every(({ state }) => state === 'closed')).toBe(true);
    });
  });
}
