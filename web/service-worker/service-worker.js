/**
 * What is there of the dashboard while its server is away: the page and its hashed assets. Nothing else is kept: no
 * response of the API, and nothing that was asked for with a token. `BUILD` is written by the build.
 */
const { entry, assets, pages, families } = BUILD;
const PREFIX = 'deltastream ';
const CACHE = PREFIX + entry;
const PAGE = '/';
/** A proxy before a server that is away. */
const AWAY = [502, 503, 504];

self.addEventListener('install', (event) => {
  const fresh = [PAGE, ...assets].map(
    (path) => new Request(path, { cache: path === PAGE ? 'reload' : 'default' }),
  );
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(removeOthers().then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (request.mode === 'navigate') {
    if (isPage(pathname)) event.respondWith(page(request));
  } else if (pathname.startsWith('/assets/')) event.respondWith(asset(request));
});

/** The page asks which build this is, and says when it may take the place of the one before. */
self.addEventListener('message', ({ data, ports }) => {
  if (data === 'entry') ports[0].postMessage(entry);
  if (data === 'take over') self.skipWaiting();
});

/** What a rule fired, or what is sent to try the channel; shown once, by its id. */
self.addEventListener('push', (event) => {
  const { id, title, body, url } = event.data?.json() ?? {};
  if (title === undefined) return;
  const options = { body, tag: id, icon: '/icons/192.png', data: { url: url ?? '/alerts' } };
  event.waitUntil(self.registration.showNotification(title, options));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(openPage(new URL(event.notification.data?.url ?? '/alerts', self.location.origin)));
});

/** In a tab of the dashboard that is open, else in a new one. */
async function openPage({ href }) {
  const [tab] = await self.clients.matchAll({ type: 'window' });
  if (tab === undefined) return self.clients.openWindow(href);
  // A page that this worker does not control yet cannot be led anywhere.
  await tab.navigate(href).catch(() => {});
  return tab.focus();
}

const isPage = (path) => pages.includes(path) || families.some((family) => path.startsWith(family));

async function removeOthers() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** The server's page, which is the newest; the kept one while it is away. */
async function page(request) {
  const response = await fetch(request).catch(() => null);
  if (response && !AWAY.includes(response.status)) return response;
  const kept = await caches.match(PAGE, { cacheName: CACHE }).catch(() => null);
  return kept ?? response ?? Response.error();
}

/** An asset never changes under its name, which has its hash. Where the storage fails or is full, the server has it. */
async function asset(request) {
  const cache = await caches.open(CACHE).catch(() => null);
  const kept = await cache?.match(request).catch(() => null);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await cache?.put(request, response.clone()).catch(() => {});
  return response;
}
