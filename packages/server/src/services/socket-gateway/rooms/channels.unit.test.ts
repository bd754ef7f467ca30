import { expect, it, vi } from 'vitest';
import { createRoomChannel, type RoomContent } from './channels.ts';

function channelOf() {
  const now = { seq: 1, expiries: ['2026-08-25'] };
  const snapshot = vi.fn(() => null);
  const content: RoomContent = {
    changed: () => false,
    take: () => [],
    resyncEvents: () => [],
    snapshot,
    position: () => ({ epoch: 'e', seq: now.seq }),
    since: () => [],
    expiries: () => now.expiries,
  };
  const identity = { name: 'n', room: 'r', type: 'chain', product: 'P', part: '', intervalMs: 0 } as const;
  const meters = { conflated: { inc: () => {} }, fanOut: { observe: () => {} } };
  const channel = createRoomChannel(identity, content, meters);
  return { channel, now, snapshot };
}

it('serialises a snapshot once for all that come while nothing changes', () => {
  const { channel, snapshot } = channelOf();
  for (let i = 0; i < 3; i++) expect(channel.snapshotJson()).toBe('null');
  expect(snapshot).toHaveBeenCalledTimes(1);
});

it.each<[what: string, change: (of: ReturnType<typeof channelOf>) => void]>([
  ['something of the room changed', ({ channel }) => channel.changed('2026-08-25')],
  ['lost messages moved its position', ({ now }) => (now.seq = 2)],
  ['a chain of it was forgotten', ({ now }) => (now.expiries = [])],
])('takes a new snapshot where %s', (_what, change) => {
  const made = channelOf();
  made.channel.snapshotJson();
  change(made);
  made.channel.snapshotJson();
  expect(made.snapshot).toHaveBeenCalledTimes(2);
});
