import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import source from './service-worker.js?raw';

const ORIGIN = 'http://platform.test';
const ASSET = '/assets/chart-1.js';
const failing = () => Promise.reject(new Error('the storage is broken'));

const BUILD = { entry: '/assets/index-1.js', assets: [], pages: ['/chain'], families: ['/logs/traces/'] };

/** The worker in a browser that has `parts`; what it returns tells it of an event. */
function workerOf({ self: ofSelf = {}, ...parts }: { self?: object; [part: string]: unknown }) {
  const listeners = new Map<string, (event: object) => void>();
  const self = {
    location: { origin: ORIGIN },
    addEventListener: (name: string, heard: (event: object) => void) => listeners.set(name, heard),
    ...ofSelf,
  };
  runInNewContext(source, { BUILD, self, URL, Response, ...parts });
  return (name: string, event: object) => listeners.get(name)?.(event);
}

/** What the worker responds with, given the storage of its browser and the response of its server. */
async function responseOf(caches: object, request: object, server: () => Promise<Response>) {
  const tell = workerOf({ caches, fetch: server });
  const respondWith = vi.fn<(response: Promise<Response>) => void>();
  tell('fetch', { request: { method: 'GET', mode: 'cors', ...request }, respondWith });
  expect(respondWith).toHaveBeenCalledTimes(1);
  return await respondWith.mock.calls[0][0];
}

describe('the service worker', () => {
  it.each([
    ['cannot be opened', { open: failing }],
    ['cannot be read', { open: async () => ({ match: failing, put: async () => {} }) }],
    ['is full', { open: async () => ({ match: async () => undefined, put: failing }) }],
  ])('leaves an asset to the server where its storage %s', async (_what, caches) => {
    const served = new Response('a chart');
    const response = await responseOf(caches, { url: ORIGIN + ASSET }, async () => served);
    expect(response).toBe(served);
  });

  it('responds with the asset that it keeps, without the server', async () => {
    const kept = new Response('a chart');
    const server = vi.fn(failing);
    const caches = { open: async () => ({ match: async () => kept }) };
    expect(await responseOf(caches, { url: ORIGIN + ASSET }, server)).toBe(kept);
    expect(server).not.toHaveBeenCalled();
  });

  it('hands on what a proxy says of a server that is away where its storage fails, too', async () => {
    const away = new Response('away', { status: 503 });
    for (const path of ['/chain', '/logs/traces/a']) {
      const page = { url: ORIGIN + path, mode: 'navigate' };
      expect(await responseOf({ match: failing }, page, async () => away)).toBe(away);
    }
  });
});

describe('a pushed alert', () => {
  const FIRED = { id: 'm1', title: 'PCR high', body: 'PCR is 1.31', severity: 'warning', url: null };

  async function told(name: string, event: object, self: object): Promise<void> {
    const waits: Promise<unknown>[] = [];
    workerOf({ self })(name, { ...event, waitUntil: (until: Promise<unknown>) => waits.push(until) });
    await Promise.all(waits);
  }

  it('is shown once, by its id, and leads to the page of alerts', async () => {
    const showNotification = vi.fn(async () => {});
    await told('push', { data: { json: () => FIRED } }, { registration: { showNotification } });
    expect(showNotification).toHaveBeenCalledWith('PCR high', {
      body: 'PCR is 1.31',
      tag: 'm1',
      icon: '/icons/192.png',
      data: { url: '/alerts' },
    });
  });

  it.each([true, false])('opens the page where a tab is open: %s', async (isOpen) => {
    const tab = { navigate: vi.fn(async () => {}), focus: vi.fn(async () => {}) };
    const openWindow = vi.fn(async () => {});
    const close = vi.fn();
    const clients = { matchAll: async () => (isOpen ? [tab] : []), openWindow };
    await told('notificationclick', { notification: { close, data: { url: '/alerts' } } }, { clients });
    expect(close).toHaveBeenCalled();
    const [led, other] = isOpen ? [tab.navigate, openWindow] : [openWindow, tab.navigate];
    expect(led).toHaveBeenCalledWith(`${ORIGIN}/alerts`);
    expect(other).not.toHaveBeenCalled();
    expect(tab.focus).toHaveBeenCalledTimes(isOpen ? 1 : 0);
  });
});
