import { describe, expect, it } from 'vitest';
import { SERVICE_NAMES, type ServiceName } from '../kit/lifecycle/service.ts';
import { SERVICES } from '../services.ts';
import { type Part, type Place, startInOrder, stopInOrder } from './part-order.ts';

/** Parts that note what they do, and do it when they are let. */
function watched(places: Readonly<Record<string, Place>>) {
  const log: string[] = [];
  const held = new Map<string, PromiseWithResolvers<void>>();
  const noting = (verb: string, name: string) => async () => {
    log.push(`${verb} ${name}`);
    await held.get(`${verb} ${name}`)?.promise;
  };
  const parts = Object.entries(places).map(
    ([name, { does, needs, startsAfter }]): Part => ({
      ...{ name, does, needs, startsAfter },
      start: noting('start', name),
      stop: noting('stop', name),
    }),
  );
  return {
    parts,
    log,
    /** That step lasts until the promise is settled. */
    hold(step: string) {
      held.set(step, Promise.withResolvers());
      return held.get(step) as PromiseWithResolvers<void>;
    },
    drained: async () => void log.push('drained'),
  };
}
const servicesOf = (names: readonly ServiceName[]) =>
  Object.fromEntries(names.map((name) => [name, SERVICES[name]]));
const fail = (name: string, error: unknown) => {
  throw new Error(`${name}: ${error}`);
};
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the order of the services', () => {
  it('starts the feed last, and the gateway when all others work', async () => {
    const { parts, log } = watched(servicesOf(SERVICE_NAMES));
    await startInOrder(parts.toReversed());
    expect(log.slice(-2)).toEqual(['start gateway', 'start feed']);
    expect(log).toHaveLength(SERVICE_NAMES.length);
  });

  it('stops the feed and what clients are connected to at once, drains, then what takes messages, in their order', async () => {
    const { parts, log, hold, drained } = watched(servicesOf(SERVICE_NAMES));
    const feed = hold('stop feed');
    const gateway = hold('stop gateway');
    const stopped = stopInOrder(parts, drained, fail);
    await settled();
    for (const name of ['feed', 'gateway', 'socket-gateway']) expect(log).toContain(`stop ${name}`);
    for (const name of ['auth', 'enricher', 'storage']) expect(log).not.toContain(`stop ${name}`);
    gateway.resolve();
    await settled();
    expect(log).toContain('stop auth');
    expect(log).not.toContain('drained');
    feed.resolve();
    await stopped;
    const tail = ['drained', 'stop enricher', 'stop storage'];
    expect(log.filter((step) => tail.includes(step))).toEqual(tail);
    expect(log.indexOf('stop operations')).toBeLessThan(log.indexOf('drained'));
    expect(log).toHaveLength(SERVICE_NAMES.length + 1);
  });

  it.each(SERVICE_NAMES)('has one without the %s', async (name) => {
    const names = SERVICE_NAMES.filter((each) => each !== name);
    const { parts, log, drained } = watched(servicesOf(names));
    await startInOrder(parts);
    await stopInOrder(parts, drained, fail);
    expect(log.filter((step) => step !== 'drained')).toHaveLength(2 * names.length);
  });
});

describe('parts of a process', () => {
  const places: Record<string, Place> = {
    store: { does: ['store'], needs: [] },
    enricher: { does: ['enrich'], needs: ['store'] },
    source: { does: [], needs: ['enrich'] },
    page: { does: ['answer'], needs: [] },
  };

  it('are not started after one that failed; the others are waited for', async () => {
    const { parts, log, hold } = watched(places);
    hold('start enricher').reject(new Error('no bus'));
    const page = hold('start page');
    const outcome = startInOrder(parts).catch(String);
    await settled();
    page.resolve();
    expect(await outcome).toBe('Error: no bus');
    expect(log).toEqual(['start store', 'start page', 'start enricher']);
  });

  it('are stopped although one does not stop cleanly, which is told', async () => {
    const { parts, log, hold, drained } = watched(places);
    hold('stop source').reject(new Error('still busy'));
    const told: string[] = [];
    const away = () => drained().then(() => Promise.reject(new Error('bus away')));
    await stopInOrder(parts, away, (name, error) => told.push(`${name}: ${error}`));
    expect(told).toEqual(['source: Error: still busy', 'messages under way: Error: bus away']);
    expect(log).toEqual(['stop source', 'stop page', 'drained', 'stop enricher', 'stop store']);
  });

  it('that wait for each other are refused', async () => {
    const { parts } = watched({
      a: { does: ['enrich'], needs: ['store'] },
      b: { does: ['store'], needs: ['enrich'] },
    });
    await expect(startInOrder(parts)).rejects.toMatchObject({ code: 'internal' });
  });
});
