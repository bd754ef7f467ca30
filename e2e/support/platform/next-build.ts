import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** The script of a build, whose name has the hash of all that it imports; and how the next one's is called. */
const ENTRY = /(\/assets\/index-[\w-]+)\.js/g;
const NEXT = '-next.js';

/** A platform behind a proxy that can serve the dashboard as another build of it: the same under other names. */
export async function serveNextBuild(platform: string) {
  const { hostname, port } = new URL(platform);
  let built = false;

  function pass(incoming: IncomingMessage, reply: ServerResponse): void {
    const path = (incoming.url ?? '/').replace(NEXT, '.js');
    // Complete and plain, so that it can be rewritten.
    const headers = { ...incoming.headers, 'accept-encoding': 'identity', 'if-none-match': '' };
    const outgoing = request({ hostname, port, path, method: incoming.method, headers }, async (response) => {
      const body = await buffer(response);
      const isPage = response.headers['content-type']?.includes('html') || path === '/sw.js';
      const text = built && isPage ? body.toString().replaceAll(ENTRY, `$1${NEXT}`) : body;
      const { 'content-length': _, 'transfer-encoding': __, etag: ___, ...kept } = response.headers;
      reply.writeHead(response.statusCode ?? 502, kept).end(text);
    });
    outgoing.on('error', () => reply.writeHead(502).end());
    incoming.pipe(outgoing);
  }

  const server = createServer(pass);
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    build() {
      built = true;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
