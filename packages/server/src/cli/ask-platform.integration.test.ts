import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createPlatformClient } from './ask-platform.ts';
import { followLog } from './logs/follow-log.ts';

let platform: Server;
afterEach(async () => {
  platform.close();
  await once(platform, 'close');
});

async function answering(status: number, problem: object): Promise<string> {
  platform = createServer((_request, response) => {
    response.writeHead(status, { connection: 'close' }).end(JSON.stringify(problem));
  });
  platform.listen(0, '127.0.0.1');
  await once(platform, 'listening');
  return `http://127.0.0.1:${(platform.address() as AddressInfo).port}`;
}

it.each(['unauthenticated', 'invalid_token'])(
  'says of a 401, %s, by which flag a token is given',
  async (code) => {
    const server = await answering(401, {
      code,
      detail: 'no good token',
      remedy: 'Send "Authorization: Bearer".',
    });
    const client = createPlatformClient(server, undefined);
    const refusal = {
      code,
      message: expect.stringMatching(/^http:.*: 401 no good token$/),
      remedy: expect.stringMatching(/--token.*DELTASTREAM_TOKEN/),
    };
    await expect(client.get('/api/logs')).rejects.toMatchObject(refusal);
    await expect(client.text('/api/logs')).rejects.toMatchObject(refusal);
    const events = followLog({ server }, {}, new AbortController().signal);
    await expect(events.next()).rejects.toMatchObject(refusal);
  },
);

it('gives the remedy of the platform for other refusals, and is unavailable for what it does not know', async () => {
  const server = await answering(403, { code: 'forbidden', detail: 'no', remedy: 'Ask an administrator.' });
  await expect(createPlatformClient(server, 'x').get('/')).rejects.toMatchObject({
    code: 'forbidden',
    remedy: 'Ask an administrator.',
  });
  platform.close();
  const other = await answering(500, { code: 'of_a_later_release' });
  await expect(createPlatformClient(other, 'x').get('/')).rejects.toMatchObject({ code: 'unavailable' });
});
