import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Simulator } from '../simulators/index.ts';
import { PollFailure } from '../venue.ts';
import { createKiteVenue } from './kite-venue.ts';
import { createKiteSimulator } from './simulator/kite-simulator.ts';
import { type HandMadeMarket, handMadeMarket } from './simulator/market.fixture.ts';

const signal = () => AbortSignal.timeout(60_000);
let market: HandMadeMarket;
let simulator: Simulator;
let folder: string;

beforeEach(async () => {
  market = handMadeMarket([24_000, 24_100], '2030-12-31');
  simulator = await createKiteSimulator(market, { apiKey: 'key', accessToken: 'token' });
  folder = await mkdtemp(join(tmpdir(), 'kite-'));
});
afterEach(async () => {
  await simulator.close();
  await rm(folder, { recursive: true });
});

describe('instruments', () => {
  it('are those that the venue lists: contracts, their future and what they are written on', async () => {
    const venue = createKiteVenue({
      apiKey: 'key',
      accessToken: { value: 'token' },
      restUrl: `${simulator.url}/`,
    });
    const { instruments, rejected } = await venue.instruments(['NIFTY'], signal());
    expect([...rejected]).toEqual([]);
    const terms = (list: typeof instruments) =>
      list.map((each) => [
        each.id,
        each.kind,
        each.kind === 'underlying' ? null : [each.expiry, each.expiresAt],
        each.kind === 'option' ? [each.strike, each.side, each.lotSize] : null,
      ]);
    expect(terms(instruments)).toEqual(terms(market.list.instruments));
  });

  it('need a token that is accepted; one in a file is read again', async () => {
    const file = join(folder, 'token');
    const venue = createKiteVenue({ apiKey: 'key', accessToken: { file }, restUrl: simulator.url });
    const list = () => venue.instruments(['NIFTY'], signal());
    await expect(list()).rejects.toThrow(/access token.*cannot be read \(ENOENT\)/);
    await writeFile(file, 'yesterday\n');
    await expect(list()).rejects.toThrow(/answered 403: .*TokenException.*log in again/);
    await writeFile(file, 'two words');
    await expect(list()).rejects.toThrow(/not one/);
    await writeFile(file, 'token\n');
    expect((await list()).instruments.length).toBe(6);
    const { url } = (await venue.wire?.address(signal())) ?? {};
    expect(new URL(url ?? '').searchParams.get('access_token')).toBe('token');
  });

  it('are none of a list that breaks off', async () => {
    const venue = createKiteVenue({
      apiKey: 'key',
      accessToken: { value: 'token' },
      restUrl: await answering(cutOff),
    });
    await expect(venue.instruments(['NIFTY'], signal())).rejects.toThrow(
      /terminated|other side closed|aborted/,
    );
  });

  it.each([
    ['nothing', (response: ServerResponse) => response.end(), /list of NFO is empty/],
    [
      'a page',
      (response: ServerResponse) => response.writeHead(502).end('<html>bad'),
      /list of NFO: the venue answered 502: <html>bad/,
    ],
  ])('are none of %s', async (_what, answer, reason) => {
    const venue = createKiteVenue({
      apiKey: 'key',
      accessToken: { value: 'token' },
      restUrl: await answering(answer),
    });
    await expect(venue.instruments(['NIFTY'], signal())).rejects.toThrow(reason);
  });

  it('are asked for again later after too many requests', async () => {
    const restUrl = await answering((response) => response.writeHead(429).end('{}'));
    const venue = createKiteVenue({ apiKey: 'key', accessToken: { value: 'token' }, restUrl });
    const failure = await venue.instruments(['NIFTY'], signal()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PollFailure);
    expect((failure as PollFailure).retryAfterMs).toBeGreaterThan(0);
  });
});

const servers: { close(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Address of a server that answers every request so. */
async function answering(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_request, response) => answer(response));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function cutOff(response: ServerResponse): void {
  const header =
    'instrument_token,tradingsymbol,name,expiry,strike,tick_size,lot_size,instrument_type,segment,exchange';
  response.writeHead(200, { 'content-length': 5000 });
  response.write(`${header}\n1,NIFTY26`, () => response.destroy());
}
