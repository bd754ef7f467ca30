import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import source from './service-worker.js?raw';

const ORIGIN = 'http://platform.test';
const ASSET = '/assets/chart-1.js';
const failing = () => Promise.reject(new Error('the storage is broken'));

/** What the worker responds with, given the storage of its browser and the response of its server. */
async function responseOf(caches: object, request: object, server: () => Promise<Response>) {
  const listeners = new Map<string, (event: object) => void>();
  const self = {
    location: { origin: ORIGIN },
    addEventListener: (name: string, heard: (event: object) => void) => listeners.set(name, heard),
  };
  const BUILD = { entry: '/assets/index-1.js', assets: [], pages: ['/chain'], families: ['/logs/traces/'] };
  runInNewContext(source, { BUILD, self, caches, fetch: server, URL, Response });
  const respondWith = vi.fn<(response: Promise<Response>) => void>();
  listeners.get('fetch')?.({ request: { method: 'GET', mode: 'cors', ...request }, respondWith });
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
