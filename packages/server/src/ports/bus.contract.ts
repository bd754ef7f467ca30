import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { DeltaStreamError } from '../kit/errors.ts';
import type { Bus, Position } from './bus.ts';

const frame = (value: number) => new Uint8Array([value & 0xff, value >> 8]);
const value = (bytes: Uint8Array) => bytes[0] + bytes[1] * 256;

const SOON = { redeliversSoon: true };

/**
 * What every bus adapter must do. `open` returns an empty bus that gives up after 5 deliveries; no frame comes again
 * within a test, or with `redeliversSoon` a rejected one does, after a time in which a stalled machine acknowledges a
 * frame that it has handled.
 */
export function busContract(
  name: string,
  open: (options: { readonly redeliversSoon?: boolean }) => Promise<Bus>,
): void {
  describe(`bus: ${name}`, () => {
    let opened: Bus;
    const start = async (options: Parameters<typeof open>[0] = {}) => {
      opened = await open(options);
      return opened;
    };
    afterEach(() => opened.close());

    it('delivers each frame once to a group whose handlers succeed', async () => {
      const bus = await start();
      const seen: number[] = [];
      const take = async ({ frame: bytes }: { frame: Uint8Array }) => {
        seen.push(value(bytes));
      };
      await bus.consume('t', 'g', take);
      await bus.consume('t', 'g', take);
      for (let i = 0; i < 500; i++) await bus.publish('t', frame(i));
      await bus.drained();
      expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, i) => i));
    });

    it('hands on what was published beside a frame, at each delivery', async () => {
      const bus = await start({ redeliversSoon: true });
      const followed: (string | undefined)[] = [];
      const consumed: (string | undefined)[] = [];
      await bus.follow('t', 'latest', ({ context }) => followed.push(context));
      await bus.consume('t', 'g', async ({ context, deliveries }) => {
        consumed.push(context);
        if (context !== undefined && deliveries === 1) throw new Error('once more');
      });
      await bus.publish('t', frame(1));
      await bus.publish('t', frame(2), '{"for":"\u00e9"}');
      await bus.drained();
      await expect.poll(() => followed).toEqual([undefined, '{"for":"\u00e9"}']);
      expect(consumed).toEqual([undefined, ...followed.slice(1), ...followed.slice(1)]);
    });

    it('is connected once it is open, and tells nobody of its own closing', async () => {
      const bus = await start();
      const told: boolean[] = [];
      const stop = bus.connection.onChange((connected) => told.push(connected));
      expect(bus.connection.connected).toBe(true);
      await bus.close();
      stop();
      stop();
      expect(told).toEqual([]);
    });

    it('holds a group for its first owner, until another takes over', async () => {
      const bus = await start();
      expect(await bus.claim('g', 'a')).toBe('a');
      expect(await bus.claim('g', 'a')).toBe('a');
      expect(await bus.claim('g', 'b')).toBe('a');
      expect(await bus.claim('other', 'b')).toBe('b');
      expect(await bus.claim('g', 'b', { takeOver: true })).toBe('b');
      expect(await bus.claim('g', 'a')).toBe('b');
    });

    it('gives rising numbers by name, not below what is asked for', async () => {
      const bus = await start();
      const now = 1_800_000_000_000;
      expect(await bus.nextNumber('n', now)).toBe(now);
      expect(await bus.nextNumber('n', now - 3_600_000)).toBe(now + 1);
      expect(await bus.nextNumber('n', now + 10)).toBe(now + 10);
      const given = await Promise.all(Array.from({ length: 20 }, () => bus.nextNumber('n', now)));
      expect(given.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => now + 11 + i));
      expect(await bus.nextNumber('other', 5)).toBe(5);
    });

    it('gives every group its own copy of the stream', async () => {
      const bus = await start();
      const seen = { a: 0, b: 0 };
      await bus.consume('t', 'a', async () => void seen.a++);
      await bus.consume('t', 'b', async () => void seen.b++);
      for (let i = 0; i < 20; i++) await bus.publish('t', frame(i));
      await bus.drained();
      expect(seen).toEqual({ a: 20, b: 20 });
    });

    it('never calls a handler before publish has returned to its caller', async () => {
      const bus = await start();
      const order: string[] = [];
      await bus.consume('t', 'g', async () => void order.push('handled'));
      const published = bus.publish('t', frame(1));
      order.push('returned');
      await published;
      await bus.drained();
      expect(order).toEqual(['returned', 'handled']);
    });

    it('is not affected when the publisher reuses its buffer', async () => {
      const bus = await start();
      const seen: number[] = [];
      await bus.consume('t', 'g', async ({ frame: bytes }) => void seen.push(value(bytes)));
      // Frames of an encoder are Buffers of a slab that it writes to again.
      for (const buffer of [frame(7), Buffer.from(frame(8))]) {
        await bus.publish('t', buffer);
        buffer.fill(0);
      }
      await bus.drained();
      expect(seen).toEqual([7, 8]);
    });

    it('delivers a rejected frame again until its handler succeeds', async () => {
      const bus = await start(SOON);
      const deliveries: number[] = [];
      await bus.consume('t', 'g', async (delivery) => {
        deliveries.push(delivery.deliveries);
        if (delivery.deliveries < 3) throw new Error('not yet');
      });
      await bus.publish('t', frame(1));
      await bus.drained();
      expect(deliveries).toEqual([1, 2, 3]);
      expect(await bus.deadLetters('t')).toEqual([]);
    });

    it('puts a frame aside with its reason after five deliveries, and loses nothing else', async () => {
      const bus = await start(SOON);
      const seen: number[] = [];
      await bus.consume('t', 'g', async ({ frame: bytes }) => {
        if (value(bytes) === 13) throw new Error('thirteen');
        seen.push(value(bytes));
      });
      for (let i = 10; i < 16; i++) await bus.publish('t', frame(i));
      await bus.drained();
      expect(new Set(seen)).toEqual(new Set([10, 11, 12, 14, 15]));
      const dead = await bus.deadLetters('t');
      expect(dead.map((letter) => [value(letter.frame), letter.deliveries, letter.reason])).toEqual([
        [13, 5, 'thirteen'],
      ]);
    });

    it('puts a frame aside at once when trying again cannot help', async () => {
      const bus = await start();
      await bus.consume('t', 'g', async () => {
        throw new DeltaStreamError('malformed_message', 'bad header', { permanent: true });
      });
      await bus.publish('t', frame(1));
      await bus.drained();
      expect(await bus.deadLetters('t')).toMatchObject([{ deliveries: 1, reason: 'bad header', group: 'g' }]);
    });

    it('shows followers every frame in order, from now on or from a position', async () => {
      const bus = await start();
      await bus.publish('t', frame(0));
      const second = await bus.publish('t', frame(1));
      const live: number[] = [];
      const resumed: number[] = [];
      await bus.follow('t', 'latest', (delivery) => live.push(value(delivery.frame)));
      for (let i = 2; i < 50; i++) await bus.publish('t', frame(i));
      await bus.follow('t', second, (delivery) => resumed.push(value(delivery.frame)));
      const rest = Array.from({ length: 48 }, (_, i) => i + 2);
      await expect.poll(() => resumed.length).toBe(48);
      await expect.poll(() => live.length).toBe(48);
      expect(live).toEqual(rest);
      expect(resumed).toEqual(rest);
    });

    it('tells a follower where it began, also where nothing came yet', async () => {
      const bus = await start();
      const empty = await bus.follow('t', 'latest', () => {});
      await bus.publish('t', frame(0));
      const second = await bus.publish('t', frame(1));
      const later = await bus.follow('t', 'latest', () => {});
      expect(later.from).toBe(second);
      expect((await bus.follow('t', second, () => {})).from).toBe(second);
      await bus.publish('t', frame(2));
      const resumed: number[] = [];
      const again: number[] = [];
      await bus.follow('t', empty.from, (delivery) => resumed.push(value(delivery.frame)));
      await bus.follow('t', later.from, (delivery) => again.push(value(delivery.frame)));
      await expect.poll(() => resumed).toEqual([0, 1, 2]);
      await expect.poll(() => again).toEqual([2]);
      expect(bus.earliest([second, empty.from])).toBe(empty.from);
    });

    it('tells which of several positions comes first in the stream', async () => {
      const bus = await start();
      // More than ten: positions are no text to be compared.
      const positions: Position[] = [];
      for (let i = 0; i < 12; i++) positions.push(await bus.publish('t', frame(i)));
      const [first, ...later] = positions;
      expect(bus.earliest([first])).toBe(first);
      for (const each of later) {
        expect(bus.earliest([first, each])).toBe(first);
        expect(bus.earliest([each, first])).toBe(first);
      }
      expect(bus.earliest([positions[11], positions[9], positions[10]])).toBe(positions[9]);
    });

    it('keeps a follower going after its handler throws', async () => {
      const bus = await start();
      const seen: number[] = [];
      await bus.follow('t', 'latest', (delivery) => {
        if (value(delivery.frame) === 1) throw new Error('handler fault');
        seen.push(value(delivery.frame));
      });
      for (let i = 0; i < 3; i++) await bus.publish('t', frame(i));
      await expect.poll(() => seen).toEqual([0, 2]);
    });

    it('runs at most the stated number of handlers at a time', async () => {
      const bus = await start();
      let running = 0;
      let most = 0;
      const handler = async () => {
        running += 1;
        most = Math.max(most, running);
        await sleep(10);
        running -= 1;
      };
      await bus.consume('t', 'g', handler, { concurrency: 4 });
      await Promise.all(Array.from({ length: 40 }, (_, i) => bus.publish('t', frame(i))));
      await bus.drained();
      expect(most).toBe(4);
    });

    it('takes another number of handlers while it runs, also one that waits for a free one', async () => {
      const bus = await start();
      let running = 0;
      let most = 0;
      let done = 0;
      const handler = async () => {
        running += 1;
        most = Math.max(most, running);
        await sleep(10);
        running -= 1;
        done += 1;
      };
      const publish = (count: number) =>
        Promise.all(Array.from({ length: count }, (_, i) => bus.publish('t', frame(i))));
      const member = await bus.consume('t', 'g', handler, { concurrency: 1 });
      await publish(20);
      await expect.poll(() => done).toBeGreaterThan(2);
      expect(most).toBe(1);
      member.setConcurrency(6);
      await publish(30);
      await bus.drained();
      expect(most).toBe(6);
      member.setConcurrency(2);
      // What was asked for before may still come, with the next frame.
      await publish(6);
      await bus.drained();
      most = 0;
      await publish(20);
      await bus.drained();
      expect(most).toBe(2);
      expect(done).toBe(76);
    });

    it('lets a stopping member finish its frame and leaves the rest to the others', async () => {
      const bus = await start();
      let begun = 0;
      let finished = 0;
      const done = Promise.withResolvers<void>();
      const slow = await bus.consume('t', 'g', async () => {
        begun += 1;
        await done.promise;
        finished += 1;
      });
      for (let i = 0; i < 5; i++) await bus.publish('t', frame(i));
      await expect.poll(() => begun).toBe(1);
      const stopped = slow.stop();
      done.resolve();
      await stopped;
      await slow.stop();
      expect(finished).toBe(1);
      await bus.consume('t', 'g', async () => void finished++);
      await bus.drained();
      expect(finished).toBe(5);
    });

    it('reports backlog, redeliveries and dead letters', async () => {
      const bus = await start(SOON);
      const member = await bus.consume('t', 'g', async ({ frame: bytes }) => {
        if (value(bytes) === 1) throw new Error('never');
      });
      await bus.publish('t', frame(1));
      await bus.drained();
      await member.stop();
      await bus.publish('t', frame(2));
      await expect
        .poll(() => bus.stats().find((each) => each.topic === 't' && each.group === 'g'))
        .toMatchObject({ backlog: 1, pending: 0, redeliveries: 4, deadLetters: 1, lostTotal: 0 });
    });

    it('reports what it holds, and what of the backlog is with a consumer', async () => {
      const bus = await start();
      const done = Promise.withResolvers<void>();
      await bus.follow('t', 'latest', () => {});
      await bus.consume('t', 'g', () => done.promise, { concurrency: 2 });
      for (let i = 0; i < 5; i++) await bus.publish('t', frame(i));
      const stats = () => bus.stats().find((each) => each.topic === 't' && each.group === 'g');
      await expect.poll(stats).toMatchObject({ length: 5, backlog: 5, pending: 2 });
      done.resolve();
      await bus.drained();
      await expect.poll(stats).toMatchObject({ length: 5, backlog: 0, pending: 0 });
    });

    it('replays a dead letter to a group that can handle it now, and discards one for good', async () => {
      const bus = await start();
      let healthy = false;
      const seen: number[] = [];
      await bus.consume('t', 'g', async ({ frame: bytes }) => {
        if (!healthy) throw new DeltaStreamError('malformed_message', 'not yet', { permanent: true });
        seen.push(value(bytes));
      });
      await bus.publish('t', frame(1));
      await bus.publish('t', frame(2));
      await bus.drained();
      const dead = await bus.deadLetters('t');
      const [keep, drop] = [1, 2].map(
        (wanted) => dead.find((letter) => value(letter.frame) === wanted)?.id ?? '',
      );
      expect(await bus.deadLetters('t', 1)).toEqual(dead.slice(-1));
      expect(await bus.deadLetter('t', keep)).toEqual(dead.find(({ id }) => id === keep));
      expect(await bus.deadLetter('t', 'no such letter')).toBeNull();
      healthy = true;
      expect(await bus.discardDeadLetter('t', drop)).toBe(true);
      expect(await bus.discardDeadLetter('t', drop)).toBe(false);
      expect(await bus.replayDeadLetter('t', keep)).toBe(true);
      expect(await bus.replayDeadLetter('t', keep)).toBe(false);
      expect(await bus.replayDeadLetter('t', 'no such letter')).toBe(false);
      await bus.drained();
      expect(seen).toEqual([1]);
      expect(await bus.deadLetters('t')).toEqual([]);
    });

    it('says how far the slowest group is behind, as a share of its bound', async () => {
      const bus = await start();
      expect(bus.pressure('t')).toBe(0);
      const member = await bus.consume('t', 'g', async () => {});
      await member.stop();
      await bus.publish('t', frame(1));
      const one = bus.pressure('t');
      await bus.publish('t', frame(2));
      expect(one).toBeGreaterThan(0);
      expect(bus.pressure('t')).toBeGreaterThan(one);
      await bus.consume('t', 'g', async () => {});
      await bus.drained();
      expect(bus.pressure('t')).toBe(0);
    });
  });
}
