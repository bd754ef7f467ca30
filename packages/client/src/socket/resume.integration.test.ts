import { type SubscriptionRequest, toChainView } from '@deltastream/contracts';
import { isOfExpiries, roomOf } from '@deltastream/contracts/live';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFeed, EXPIRIES } from './resume-feed.fixture.ts';
import {
  createTestClient,
  createTestGateway,
  GAP_WAIT_MS,
  keyOf,
  type Message,
  type TestGateway,
} from './resume-world.fixture.ts';
import type { Update } from './room-state.ts';

/** More of them find more; thousands were run. */
const RUNS = Number(process.env.RESUME_RUNS ?? 150);
const chain = { type: 'chain', symbol: 'A' } as const;

/** Every kind of room, mode and window. */
const REQUESTS: SubscriptionRequest[][] = [
  [
    { type: 'product', symbol: 'A', interval_ms: 0 },
    { ...chain, mode: 'delta' },
  ],
  [{ type: 'product', symbol: 'A' }, { ...chain, expiry: EXPIRIES[0], mode: 'delta' }, chain],
  [
    { ...chain, expiry: EXPIRIES[0], mode: 'delta', strikes: { around_atm: 2 } },
    { type: 'summary', symbol: 'A' },
  ],
  [
    { ...chain, mode: 'delta', strikes: { from: 100, to: 130 } },
    { type: 'bars', symbol: 'A' },
  ],
  [
    { ...chain, expiry: EXPIRIES[1], strikes: { around_atm: 2 } },
    { type: 'summary', symbol: 'A', expiry: EXPIRIES[0] },
    { type: 'alerts', symbol: 'A' },
  ],
  [
    { type: 'figures', symbol: 'A', figures: ['pcr_oi', 'forward'] },
    { type: 'exposure', symbol: 'A', expiry: EXPIRIES[0] },
  ],
];

type Fate = 'now' | 'late' | 'twice' | 'lost' | 'lost at one' | 'lost at the other';
type Step =
  | { readonly do: 'publish'; readonly what: Message['kind']; readonly fate: Fate; readonly dice: number }
  | { readonly do: 'flush'; readonly at: number; readonly dice: number }
  | { readonly do: 'deliver'; readonly client: number; readonly most: number }
  | { readonly do: 'reconnect'; readonly client: number; readonly at: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'restart the feed' };

const fate = fc.oneof(
  { weight: 14, arbitrary: fc.constant<Fate>('now') },
  {
    weight: 6,
    arbitrary: fc.constantFrom<Fate>('late', 'twice', 'lost', 'lost at one', 'lost at the other'),
  },
);
const dice = fc.integer({ min: 0, max: 0x7fff_ffff });
const client = fc.integer({ min: 0, max: REQUESTS.length - 1 });
const gateway = fc.integer({ min: 0, max: 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 24,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      what: fc.constantFrom<Message['kind']>('tick', 'chain', 'chain', 'chain', 'alert'),
      fate,
      dice,
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('flush' as const), at: gateway, dice }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      client,
      most: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('reconnect' as const), client, at: gateway }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: GAP_WAIT_MS }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart the feed' as const) }) },
);

/** A chain is lost at one gateway, a client is shown the state of that one and resumes at the other, which has it. */
const LOST_WHERE_THE_CLIENT_WAS: Step[] = [
  { do: 'publish', what: 'chain', fate: 'late', dice: 1181045349 },
  { do: 'publish', what: 'chain', fate: 'lost at one', dice: 376296217 },
  { do: 'publish', what: 'chain', fate: 'now', dice: 0 },
  { do: 'wait', ms: 10 },
  { do: 'reconnect', client: 0, at: 0 },
  { do: 'publish', what: 'tick', fate: 'now', dice: 0 },
  { do: 'publish', what: 'tick', fate: 'now', dice: 0 },
  { do: 'reconnect', client: 0, at: 0 },
  { do: 'deliver', client: 0, most: 1 },
  { do: 'flush', at: 0, dice: 0 },
  { do: 'publish', what: 'tick', fate: 'now', dice: 0 },
  { do: 'publish', what: 'tick', fate: 'now', dice: 0 },
  { do: 'reconnect', client: 0, at: 0 },
  { do: 'publish', what: 'tick', fate: 'now', dice: 0 },
  { do: 'reconnect', client: 0, at: 1 },
  { do: 'flush', at: 0, dice: 0 },
  { do: 'publish', what: 'tick', fate: 'now', dice: 0 },
  { do: 'flush', at: 0, dice: 0 },
  { do: 'publish', what: 'tick', fate: 'now', dice: 0 },
  { do: 'wait', ms: 1 },
  { do: 'flush', at: 0, dice: 0 },
  { do: 'deliver', client: 0, most: 1 },
  { do: 'restart the feed' },
];

/** The same of an alert, which nothing newer replaces. */
const ALERT_LOST_WHERE_THE_CLIENT_WAS: Step[] = [
  { do: 'publish', what: 'alert', fate: 'now', dice: 0 },
  { do: 'publish', what: 'alert', fate: 'lost at one', dice: 0 },
  { do: 'publish', what: 'alert', fate: 'now', dice: 0 },
  { do: 'wait', ms: 6 },
  { do: 'wait', ms: 4 },
  { do: 'publish', what: 'tick', fate: 'now', dice: 0 },
  { do: 'publish', what: 'tick', fate: 'now', dice: 0 },
  { do: 'reconnect', client: 0, at: 0 },
  { do: 'publish', what: 'tick', fate: 'now', dice: 0 },
  { do: 'publish', what: 'tick', fate: 'late', dice: 0 },
  { do: 'publish', what: 'tick', fate: 'late', dice: 0 },
  { do: 'reconnect', client: 0, at: 0 },
  { do: 'reconnect', client: 4, at: 0 },
  { do: 'publish', what: 'tick', fate: 'now', dice: 0 },
  { do: 'deliver', client: 0, most: 1 },
  { do: 'publish', what: 'tick', fate: 'late', dice: 0 },
  { do: 'publish', what: 'tick', fate: 'now', dice: 0 },
  { do: 'reconnect', client: 0, at: 0 },
  { do: 'reconnect', client: 0, at: 0 },
  { do: 'deliver', client: 0, most: 1 },
  { do: 'publish', what: 'tick', fate: 'now', dice: 0 },
  { do: 'reconnect', client: 0, at: 0 },
  { do: 'deliver', client: 0, most: 1 },
  { do: 'deliver', client: 0, most: 1 },
  { do: 'reconnect', client: 4, at: 1 },
];

describe('resuming', () => {
  const timeout = 30_000 + RUNS * 100;
  it('brings every client to the state of its server, whatever was late, doubled, lost or cut', {
    timeout,
  }, () => {
    fc.assert(fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), run), {
      numRuns: RUNS,
      examples: [[LOST_WHERE_THE_CLIENT_WAS], [ALERT_LOST_WHERE_THE_CLIENT_WAS]],
    });
  });
});

function run(steps: readonly Step[]): void {
  const gateways = [createTestGateway(), createTestGateway()];
  const clients = REQUESTS.map((requests) => createTestClient(requests));
  const at = clients.map((_, i) => i % 2);
  for (const [i, each] of clients.entries()) each.connect(gateways[at[i]]);
  const feed = createFeed();
  /** Messages under way, each until so many others have passed it. */
  let late: { message: Message; passes: number }[] = [];

  const arrive = (message: Message, but = -1) => {
    for (const [i, each] of gateways.entries()) if (i !== but) each.receive(message);
    for (const each of late) each.passes -= 1;
    const due = late.filter(({ passes }) => passes <= 0);
    late = late.filter(({ passes }) => passes > 0);
    for (const each of due) arrive(each.message);
  };

  for (const each of steps) {
    if (each.do === 'restart the feed') feed.restart();
    if (each.do === 'wait') for (const one of gateways) one.pass(each.ms);
    if (each.do === 'flush') gateways[each.at].flush((i) => ((each.dice >> (i % 31)) & 1) === 1);
    if (each.do === 'deliver') clients[each.client].deliver(each.most);
    if (each.do === 'reconnect') {
      at[each.client] = each.at;
      clients[each.client].connect(gateways[each.at]);
      if (each.client % 2 === 0) agrees(gateways[each.at], clients[each.client], REQUESTS[each.client], feed);
    }
    if (each.do === 'publish') {
      const message = feed.next(each.what, each.dice);
      if (each.fate === 'late') late.push({ message, passes: 1 + (each.dice % 3) });
      if (each.fate === 'now' || each.fate === 'twice') arrive(message);
      if (each.fate === 'twice') arrive(message);
      if (each.fate === 'lost at one') arrive(message, 0);
      if (each.fate === 'lost at the other') arrive(message, 1);
    }
  }
  for (const { message } of late) for (const each of gateways) each.receive(message);
  for (const each of gateways) each.pass(GAP_WAIT_MS);
  for (const [i, each] of clients.entries()) agrees(gateways[at[i]], each, REQUESTS[i], feed);
}

/** The client's state is the one a newcomer would be shown, and it came there without going back. */
function agrees(
  server: TestGateway,
  user: ReturnType<typeof createTestClient>,
  requests: readonly SubscriptionRequest[],
  feed: ReturnType<typeof createFeed>,
): void {
  server.flush();
  user.deliver(Number.POSITIVE_INFINITY);
  for (const request of requests) {
    const snapshot = server.snapshotFor(request);
    const shown = new Map(([snapshot ?? []].flat() as Update[]).map((each) => [keyOf(each), each]));
    const held = user.seen.get(roomOf(request));
    const ofAllExpiries = isOfExpiries(request) && !request.expiry;
    // A client keeps bars and alerts longer than a server; the position in the room is not part of them.
    for (const [key, expected] of shown) {
      if (request.type === 'alerts' && !wasOwed(user, expected)) continue;
      if (ofAllExpiries && isAhead(held?.get(key), expected)) continue;
      expect(plain(held?.get(key)), `${roomOf(request)} ${key}`).toEqual(plain(expected));
    }
    if (request.type === 'chain' && !request.strikes) isGenuine(held, feed);
    if (request.type === 'product') isMonotonic(user, roomOf(request));
  }
}

/**
 * In a room of all expiries a client may bring a newer chain than a server has that lost it; it rightly keeps
 * it until the next one of that expiry comes.
 */
const isAhead = (held: Update | undefined, shown: Update): boolean =>
  held?.epoch === shown.epoch && held.seq > shown.seq;

/** Whatever the way it came, a chain is the one that the feed sent under its number. */
function isGenuine(held: ReadonlyMap<string, Update> | undefined, feed: ReturnType<typeof createFeed>): void {
  for (const chain of held?.values() ?? []) {
    const sent = feed.sent(chain.epoch, chain.seq);
    expect(plain(chain)).toEqual(plain(sent && JSON.parse(JSON.stringify(toChainView(sent)))));
  }
}

/** An alert older than all that the client was given, or within a gap it was told of, is not replayed. */
function wasOwed(user: ReturnType<typeof createTestClient>, alert: Update): boolean {
  const given = [...(user.seen.get('alerts:A')?.values() ?? [])].filter(({ epoch }) => epoch === alert.epoch);
  return !user.gaps.includes('alerts:A') && given.some(({ seq }) => seq <= alert.seq);
}

const plain = (update: unknown) => ({ ...(update as object), room_seq: 0 });

function isMonotonic(user: ReturnType<typeof createTestClient>, room: string): void {
  const positions = user.told.filter((each) => each.room === room).map(({ update }) => update);
  for (const [i, update] of positions.entries()) {
    const before = positions[i - 1];
    if (before?.epoch === update.epoch && !user.gaps.includes(room))
      expect(update.seq).toBeGreaterThan(before.seq);
  }
}
