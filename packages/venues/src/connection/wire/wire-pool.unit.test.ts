import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { notedSink, scriptedPorts, wordProtocol } from '../connection.fixture.ts';
import { createWirePool } from './wire-pool.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

async function pool(limits: Parameters<typeof wordProtocol>[0] = {}) {
  const scripted = scriptedPorts();
  const made = createWirePool(
    {
      ...{ name: 'venue', protocol: wordProtocol({ burst: 100, ...limits }), sink: notedSink() },
      ...{ quotesExpected: () => true, reconnected: () => undefined, closeMs: 100 },
    },
    scripted.ports,
  );
  const want = async (...ids: string[]) => {
    made.want(ids);
    await vi.advanceTimersByTimeAsync(0);
    for (const { handlers, sent } of scripted.sockets) {
      if (sent.length > 0) continue;
      handlers.opened();
      handlers.message('ready');
    }
  };
  return { ...scripted, pool: made, want };
}

describe('a pool of connections', () => {
  it('opens no more than it needs, and spreads evenly', async () => {
    const { pool: made, want, sockets } = await pool();
    await want('a', 'b', 'c');
    expect(sockets).toHaveLength(1);
    await want('a', 'b', 'c', 'd', 'e', 'f');
    expect(sockets).toHaveLength(2);
    expect(made.report().map(({ instruments }) => instruments)).toEqual([3, 3]);
    expect(made.report().map(({ name }) => name)).toEqual(['venue 1', 'venue 2']);
    await made.close();
  });

  it('touches nothing but what is added and removed', async () => {
    const { pool: made, want, sockets } = await pool();
    await want('a', 'b', 'c', 'd', 'e', 'f');
    const before = sockets.map(({ sent }) => sent.length);
    expect(before).toEqual([3, 3]);
    await want('f', 'a', 'b', 'd', 'e', 'g');
    const said = sockets.map(({ sent }, i) => sent.slice(before[i]));
    expect(said.flat().sort()).toEqual(['sub g', 'unsub c'].sort());
    await made.close();
  });

  it('leaves out the least important beyond what the venue allows', async () => {
    const { pool: made, want, sockets } = await pool({ connections: 1, instrumentsPerConnection: 2 });
    await want('a', 'b', 'c', 'd');
    expect(made.leftOut()).toBe(2);
    expect(sockets[0].sent).toEqual(['login', 'sub a b']);
    await want('c', 'a', 'b');
    expect(sockets[0].sent.slice(2)).toEqual(['unsub b', 'sub c']);
    expect(made.leftOut()).toBe(1);
    await made.close();
  });

  it('closes connections without instruments', async () => {
    const { pool: made, want, sockets } = await pool();
    await want('a', 'b', 'c', 'd', 'e');
    await want();
    expect(sockets.map(({ closed }) => closed)).toEqual([true, true]);
    expect(made.report()).toEqual([]);
    await want('z');
    expect(sockets).toHaveLength(3);
    await made.close();
    expect(sockets[2].closed).toBe(true);
  });
});
