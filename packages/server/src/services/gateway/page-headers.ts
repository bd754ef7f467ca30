import helmet from '@fastify/helmet';
import Fastify from 'fastify';
import { buildValidator } from '../../kit/http/request-validation.ts';
import { buildSerializer } from '../../kit/responses/representation.ts';

/** Plain HTTP on a trader's own machine is the common case, so nothing here upgrades requests to TLS. */
const CONTENT_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    // Also the socket of this host and port: CSP 3 matches ws and wss to 'self'. Any other host stays out of reach.
    connectSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
};

/** The reference page brings its own inline scripts and styles, so it alone is allowed them. */
export const OF_REFERENCE: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; " +
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; frame-ancestors 'none'",
};

/** What helmet sets, for pages. It is the same for every response, so it is asked once and not for each request. */
export async function headersOfPages(): Promise<Readonly<Record<string, string>>> {
  // Without compilers of its own Fastify loads its own at once, 4 MB that an idle process does not need.
  const app = Fastify({ schemaController: { compilersFactory: { buildValidator, buildSerializer } } });
  await app.register(helmet, { contentSecurityPolicy: CONTENT_POLICY, strictTransportSecurity: false });
  app.get('/', async () => '');
  const { headers } = await app.inject('/');
  await app.close();
  const framework = new Set(['content-type', 'content-length', 'date', 'connection']);
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (framework.has(name) ? [] : [[name, String(value)]])),
  );
}
