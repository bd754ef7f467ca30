import { type ConnectionState, type SocketConnection, SubscriptionError } from '@deltastream/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSessionSocket } from './session-socket.ts';
import { createBrowserSession, type LoggedIn } from './session-store.ts';

const sessionOf = (token: string, refresh_at?: number): LoggedIn => ({
  token,
  refresh_token: `r-${token}`,
  refresh_at,
  user: { id: 'u', email: 'a@example.com', name: 'A', role: 'viewer' },
});

/** Connections of which a test says what the server does with them. */
function stand(initial: LoggedIn | null) {
  const session = createBrowserSession({
    storage: { getItem: () => initial && JSON.stringify(initial), setItem() {}, removeItem() {} },
    events: new EventTarget(),
  });
  const connections: ReturnType<typeof connectionOf>[] = [];
  const getMe = vi.fn(async () => ({}) as never);
  let refusal: SubscriptionError | null = null;

  function connectionOf(token: () => string | null) {
    const listeners = new Set<(state: ConnectionState) => void>();
    const made = {
      state: 'connecting' as ConnectionState,
      token: token(),
      brought: [] as string[],
      becomes(state: ConnectionState) {
        made.state = state;
        for (const listener of listeners) listener(state);
      },
    };
    const connection = {
      get state() {
        return made.state;
      },
      onState(listener: (state: ConnectionState) => void) {
        listeners.add(listener);
        listener(made.state);
        return () => void listeners.delete(listener);
      },
      async authenticate(newer: string) {
        made.brought.push(newer);
        if (refusal) throw refusal;
      },
      close: () => made.becomes('closed'),
    } as unknown as SocketConnection;
    return { ...made, made, connection };
  }

  const socket = createSessionSocket({
    session,
    client: { getMe },
    connect(token) {
      const one = connectionOf(token);
      connections.push(one);
      return one.connection;
    },
  });
  return {
    session,
    socket,
    getMe,
    refuseTokens(error: SubscriptionError) {
      refusal = error;
    },
    tokens: () => connections.map(({ token }) => token),
    last: () => (connections.at(-1) as (typeof connections)[number]).made,
  };
}

describe('the connection of a session', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('brings a newer token of the same session, and is opened anew for another login', async () => {
    const { session, socket, tokens, last, refuseTokens } = stand(sessionOf('t1'));
    socket.start();
    last().becomes('connected');
    session.set(sessionOf('t2'));
    expect(last().brought).toEqual(['t2']);
    expect(tokens()).toEqual(['t1']);

    refuseTokens(new SubscriptionError('invalid_token', 'of another session'));
    session.set(sessionOf('other'));
    await vi.advanceTimersByTimeAsync(0);
    expect(tokens()).toEqual(['t1', 'other']);
    session.set(null);
    expect(tokens()).toEqual(['t1', 'other', null]);
    expect(socket.current()?.state).toBe('connecting');
  });

  it('is opened again with a refreshed token when the server closed it, ever more slowly', async () => {
    const { session, socket, tokens, last, getMe } = stand(sessionOf('t1'));
    getMe.mockImplementationOnce(async () => {
      session.set(sessionOf('t2'));
      return {} as never;
    });
    socket.start();
    last().becomes('connected');
    last().becomes('closed');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(tokens()).toEqual(['t1', 't2']);
    last().becomes('closed');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(tokens()).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(tokens()).toHaveLength(3);
  });

  it('waits while the server is away, and is opened again without a session, too, ever more slowly', async () => {
    const { session, socket, tokens, last, getMe } = stand(sessionOf('t1'));
    socket.start();
    getMe.mockRejectedValue(new Error('away'));
    last().becomes('closed');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(getMe).toHaveBeenCalledTimes(1);
    getMe.mockImplementation(async () => {
      session.set(null);
      throw new Error('ended');
    });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(tokens()).toEqual(['t1', null]);
    last().becomes('closed');
    await vi.advanceTimersByTimeAsync(3_999);
    expect(tokens()).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(tokens()).toEqual(['t1', null, null]);
    expect(getMe).toHaveBeenCalledTimes(2);
    socket.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tokens()).toHaveLength(3);
  });

  it('is opened again soon after one that lasted, and not after one that is closed as it opens', async () => {
    const { socket, tokens, last } = stand(null);
    socket.start();
    for (const pause of [1_000, 2_000, 4_000]) {
      last().becomes('connected');
      last().becomes('closed');
      await vi.advanceTimersByTimeAsync(pause - 1);
      const before = tokens().length;
      await vi.advanceTimersByTimeAsync(1);
      expect(tokens()).toHaveLength(before + 1);
    }
    last().becomes('connected');
    await vi.advanceTimersByTimeAsync(30_000);
    last().becomes('closed');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(tokens()).toHaveLength(5);
  });

  it('refreshes in time in a page that asks for nothing, and no more after it stopped', async () => {
    const { socket, getMe } = stand(sessionOf('t1', Date.now() + 5_000));
    socket.start();
    await vi.advanceTimersByTimeAsync(4_999);
    expect(getMe).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(getMe).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(getMe).toHaveBeenCalledTimes(2);
    socket.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(getMe).toHaveBeenCalledTimes(2);
    expect(socket.current()).toBeNull();
  });
});
