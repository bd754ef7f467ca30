import type { FastifyInstance } from 'fastify';
import { DeltaStreamError, reasonOf } from '../../errors.ts';

/** Connections that may wait to be accepted: as many as come back at once when a server does. */
const BACKLOG = 4096;

/** Listens and resolves with the URL. Port 0 takes a free one. Throws `port_in_use` or `invalid_setting`. */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await app.listen({ host, port, backlog: BACKLOG });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE')
      throw new DeltaStreamError('port_in_use', `port ${port} on ${host} is in use`, { cause });
    throw new DeltaStreamError('invalid_setting', `cannot listen on ${host}:${port}: ${reasonOf(cause)}`, {
      cause,
    });
  }
  const address = app.server.address();
  const actual = typeof address === 'object' && address ? address.port : port;
  const shown = host === '127.0.0.1' || host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${shown}:${actual}`;
}
