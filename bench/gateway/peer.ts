import process from 'node:process';
import replyFrom from '@fastify/reply-from';
import Fastify from 'fastify';

/**
 * What the gateway is compared with: `bytes URL` sends the answer of that URL from memory, `proxy ORIGIN`
 * passes everything on to another server. Nothing else: no log, no hook, no header of its own.
 */
const [mode, target] = process.argv.slice(2);
const app = Fastify();
if (mode === 'bytes') {
  const response = await fetch(target, { headers: { authorization: `Bearer ${process.argv[4] ?? ''}` } });
  const bytes = Buffer.from(await response.arrayBuffer());
  app.get('/*', (_request, reply) => {
    reply.type('application/json; charset=utf-8').send(bytes);
  });
} else {
  await app.register(replyFrom, { base: target, disableRequestLogging: true });
  app.get('/*', (_request, reply) => {
    reply.from();
  });
}
const url = await app.listen({ host: '127.0.0.1', port: 0 });
process.send?.({ url });
