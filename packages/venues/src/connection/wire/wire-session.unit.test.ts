import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { InstrumentId } from '../../instrument.ts';
import type { WireProtocol } from '../../wire-protocol.ts';
import { notedSink, scriptedPorts, wordProtocol } from '../connection.fixture.ts';
import { createWireSession } from './wire-session.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount(), 'timers that a closed session left').toBe(0);
  vi.useRealTimers();
});

async function opened(protocol: WireProtocol = wordProtocol(), ids: readonly string[] = ['a', 'b', 'c']) {
  const scripted = scriptedPorts();
  const sink = notedSink();
  const market = { open: true };
  const reconnects: InstrumentId[][] = [];
  const session = createWireSession(
    {
      ...{ name: 'venue 1', protocol, sink, quotesExpected: () => market.open, closeMs: 100 },
      reconnected: (ids) => reconnects.push([...ids]),
    },
    scripted.ports,
  );
  session.add(ids);
  session.start();
  await vi.advanceTimersByTimeAsync(0);
  /** Connects the newest socket and logs in. */
  const login = () => {
    scripted.last().handlers.opened();
    scripted.last().handlers.message('ready');
  };
  return {
    ...scripted,
    session,
    sink,
    market,
    reconnects,
    login,
    say: (word: string) => scripted.last().handlers.message(word),
  };
}

describe('a wire session', () => {
  it('logs in, then subscribes in batches, and is live with the first quote', async () => {
    const { session, login, last, say, sink } = await opened();
    last().handlers.opened();
    expect(last().sent).toEqual(['login']);
    login();
    expect(last().sent.slice(-2)).toEqual(['sub a b', 'sub c']);
    expect(session.report()).toMatchObject({ state: 'connecting', instruments: 3, confirmed: 0 });
    say('ok a b c');
    say('quote b');
    expect(session.report()).toMatchObject({ state: 'live', reason: null, confirmed: 3 });
    expect(sink.quoted).toEqual(['b']);
    await session.close();
    expect(session.report().state).toBe('closed');
    expect(last().closed).toBe(true);
  });

  it('says what is subscribed anew when it is ready again, before any of it is', async () => {
    const { session, login, last, say, reconnects, sockets } = await opened();
    login();
    say('ok a b c');
    expect(reconnects).toEqual([]);
    session.remove(['c']);
    last().handlers.ended({ reason: 'cut' });
    await vi.advanceTimersByTimeAsync(200);
    expect(sockets).toHaveLength(2);
    expect(reconnects).toEqual([]);
    login();
    expect(reconnects).toEqual([['a', 'b']]);
    expect(last().sent).toEqual(['login', 'sub a b']);
    await session.close();
  });

  it('keeps within the rate of messages, counting replies', async () => {
    const ids = Array.from({ length: 12 }, (_, i) => `i${i}`);
    const { session, login, last, say } = await opened(
      wordProtocol({ messagesPerSecond: 2, burst: 3, instrumentsPerMessage: 2 }),
      ids,
    );
    login();
    expect(last().sent).toEqual(['login', 'sub i0 i1', 'sub i2 i3']);
    await vi.advanceTimersByTimeAsync(500);
    expect(last().sent).toHaveLength(4);
    say('test');
    expect(last().sent.at(-1)).toBe('answer');
    await vi.advanceTimersByTimeAsync(600);
    expect(last().sent).toHaveLength(5);
    await vi.advanceTimersByTimeAsync(500);
    expect(last().sent.at(-1)).toBe('sub i6 i7');
    await session.close();
  });

  it('asks again for what was not confirmed, and not for what was refused', async () => {
    const { session, login, last, say } = await opened();
    login();
    say('ok a');
    say('no b');
    say('quote a');
    await vi.advanceTimersByTimeAsync(2_500);
    expect(last().sent).toEqual(['login', 'sub a b', 'sub c', 'sub c']);
    expect(session.report().counts.askedAgain).toBe(1);
    await session.close();
  });

  it('subscribes everything again after a reconnect, what was added and removed meanwhile included', async () => {
    const { session, login, last, say, sockets } = await opened();
    login();
    say('ok a b c');
    say('quote a');
    last().handlers.ended({ reason: 'closed with code 1006' });
    expect(session.report()).toMatchObject({
      state: 'waiting',
      reason: 'closed with code 1006',
      confirmed: 0,
    });
    expect(session.report().counts.gaps).toBe(1);
    session.remove(['b']);
    session.add(['d']);
    await vi.advanceTimersByTimeAsync(100);
    expect(sockets).toHaveLength(2);
    login();
    expect(last().sent).toEqual(['login', 'sub a c', 'sub d']);
    say('ok a c d');
    session.remove(['c']);
    expect(last().sent.at(-1)).toBe('unsub c');
    await session.close();
  });

  it('takes up what was removed for a moment without a word to the venue', async () => {
    const { session, login, last, say } = await opened(wordProtocol({ messagesPerSecond: 1, burst: 3 }));
    login();
    say('ok a b c');
    const before = last().sent.length;
    session.remove(['a']);
    session.add(['a']);
    say('quote a');
    await vi.advanceTimersByTimeAsync(3_000);
    expect(last().sent).toHaveLength(before);
    expect(session.report().confirmed).toBe(3);
    await session.close();
  });

  it('finds a connection that is open and silent', async () => {
    const { session, login, sockets, market } = await opened(wordProtocol({}, { silenceMs: 1_000 }));
    market.open = false;
    login();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sockets[0].closed).toBe(true);
    expect(session.report().reason).toContain('nothing was received for');
    await vi.advanceTimersByTimeAsync(300);
    expect(sockets).toHaveLength(2);
    await session.close();
  });

  it('keeps a silent market that answers pings', async () => {
    const { session, login, last, market, sockets } = await opened(
      wordProtocol({}, { silenceMs: 2_000, pingMs: 500 }),
    );
    market.open = false;
    login();
    for (let i = 0; i < 20; i++) {
      await vi.advanceTimersByTimeAsync(500);
      last().handlers.alive();
    }
    expect(sockets).toHaveLength(1);
    expect(last().pings).toBeGreaterThan(15);
    expect(session.report()).toMatchObject({ state: 'live', reason: 'the market is closed' });
    await session.close();
  });

  it('is mute when heartbeats come and quotes do not, until a quote comes', async () => {
    const { session, login, say, sockets } = await opened(wordProtocol({}, { stallMs: 1_000 }));
    login();
    say('quote a');
    for (let i = 0; i < 6; i++) {
      await vi.advanceTimersByTimeAsync(200);
      say('test');
    }
    expect(session.report()).toMatchObject({ state: 'mute', counts: { stalls: 1, gaps: 1 } });
    await vi.advanceTimersByTimeAsync(200);
    expect(sockets).toHaveLength(2);
    login();
    expect(session.report().state).toBe('mute');
    say('quote a');
    expect(session.report().state).toBe('live');
    await session.close();
  });

  it('expects no quotes while the market is closed, and from its opening on', async () => {
    const { session, login, say, market, sockets } = await opened(wordProtocol({}, { stallMs: 1_000 }));
    market.open = false;
    login();
    const idle = async (ms: number) => {
      for (let past = 0; past < ms; past += 100) {
        await vi.advanceTimersByTimeAsync(100);
        say('test');
      }
    };
    await idle(5_000);
    expect(sockets).toHaveLength(1);
    market.open = true;
    await idle(800);
    expect(sockets).toHaveLength(1);
    await idle(400);
    expect(session.report().state).toBe('mute');
    await session.close();
  });

  it('waits twice as long after each failure, and at least as long as the venue says', async () => {
    const { session, sockets, last, login, say } = await opened();
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) {
      const begun = performance.now();
      const count = sockets.length;
      last().handlers.ended({ reason: 'connect ECONNREFUSED' });
      while (sockets.length === count) await vi.advanceTimersByTimeAsync(10);
      waits.push(performance.now() - begun);
    }
    expect(waits).toEqual([100, 200, 400, 800, 1_600, 1_600]);
    login();
    say('fail 5000');
    await vi.advanceTimersByTimeAsync(4_900);
    const count = sockets.length;
    expect(session.report()).toMatchObject({ state: 'waiting', reason: 'told to go' });
    await vi.advanceTimersByTimeAsync(200);
    expect(sockets).toHaveLength(count + 1);
    await session.close();
  });

  it('waits longer each time for a venue that gives a quote and hangs up, until a connection lasts', async () => {
    const { session, sockets, last, login, say } = await opened();
    const waited = async () => {
      const [begun, count] = [performance.now(), sockets.length];
      last().handlers.ended({ reason: 'closed with code 1006' });
      while (sockets.length === count) await vi.advanceTimersByTimeAsync(10);
      return performance.now() - begun;
    };
    const waits: number[] = [];
    for (let i = 0; i < 3; i++) {
      login();
      say('quote a');
      waits.push(await waited());
    }
    expect(waits).toEqual([100, 200, 400]);
    login();
    say('quote a');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await waited()).toBe(100);
    await session.close();
  });

  it('tries refused credentials once in the longest wait, and says so until they are accepted', async () => {
    const { session, say, login, sockets } = await opened();
    login();
    say('denied');
    expect(session.report()).toMatchObject({ state: 'refused', reason: 'token expired' });
    await vi.advanceTimersByTimeAsync(1_500);
    expect(sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(sockets).toHaveLength(2);
    expect(session.report().state).toBe('refused');
    login();
    say('quote a');
    expect(session.report().state).toBe('live');
    await session.close();
  });

  it('survives an address that is not given, a login that is not answered, and a decoder that throws', async () => {
    const protocol = wordProtocol();
    let refusals = 1;
    const { session, sockets, login, say } = await opened({
      ...protocol,
      address: async () => {
        if (refusals-- > 0) throw new Error('GET https://venue.test/authorize?key=SECRET answered 500');
        return { url: 'ws://venue.test/feed?token=SECRET' };
      },
    });
    expect(session.report()).toMatchObject({
      state: 'waiting',
      reason: 'GET https://venue.test/authorize answered 500',
    });
    await vi.advanceTimersByTimeAsync(100);
    expect(sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_300);
    expect(sockets).toHaveLength(2);
    login();
    say('throw');
    expect(session.report().reason).toBe('a decoder that breaks its promise');
    await session.close();
  });

  it('ends a connection whose peer reads nothing', async () => {
    const { session, login, last } = await opened();
    last().unsent = 2 ** 21;
    login();
    expect(session.report().reason).toBe('the venue does not read what is sent');
    await session.close();
  });

  it('hears nothing of a connection that it left', async () => {
    const { session, sockets, sink, login } = await opened();
    login();
    sockets[0].handlers.ended({ reason: 'closed' });
    await vi.advanceTimersByTimeAsync(200);
    sockets[0].handlers.message('quote a');
    sockets[0].handlers.ended({ reason: 'closed again' });
    expect(sink.quoted).toEqual([]);
    expect(session.report().state).toBe('connecting');
    await session.close();
    sockets[1].handlers.message('quote a');
    expect(sink.quoted).toEqual([]);
  });
});
