import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecomputeView } from '@deltastream/contracts';
import { afterAll, afterEach, expect, it } from 'vitest';
import { createMemoryQueue } from '../../../adapters/memory/queue/queue-memory.ts';
import { createServiceApp } from '../../../kit/lifecycle/standalone.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import { createTokens } from '../../../kit/tokens/tokens.fixture.ts';
import { createFiguresAsOf } from '../../analytics/product-figures/figures-as-of.ts';
import { createChainEnricher } from '../../enricher/chain/enrich-chain.ts';
import { createOperations } from '../../operations/service.ts';
import { startStorage } from '../storage.fixture.ts';
import { EXPIRIES, ORDER, outdatedChain, quotesAt } from './outdated-chains.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'recompute-jobs-'));
afterAll(() => rmSync(folder, { recursive: true }));
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Storage and the routes of operations on one queue. */
async function start() {
  const queue = createMemoryQueue({ backoffUnitMs: 1 });
  const { verifier, tokenOf } = await createTokens();
  const storage = await startStorage({
    queue,
    recomputation: (store) => ({
      folder,
      open: async () => ({
        sources: { enrich: createChainEnricher({}), ...createFiguresAsOf(store) },
        identity: {},
      }),
    }),
  });
  const operations = createOperations({ bus: storage.bus, queue, verifier, store: storage.store });
  const app = createServiceApp({ logger: silentLogger, verifier, tokensRequired: false });
  if (operations.routes) await app.register(operations.routes);
  ends.push(queue.close, storage.end, app.close);
  const headers = { authorization: `Bearer ${await tokenOf('admin')}` };
  const ask = async (method: 'GET' | 'POST', url: string, payload?: object) => {
    const response = await app.inject({ method, url, headers, payload });
    return { status: response.statusCode, body: response.json() };
  };
  return { storage, ask };
}

it('is ordered over REST, followed to its end, and shows in the latest chain at once', async () => {
  const { storage, ask } = await start();
  await storage.store.putSnapshots([0, 1].map((step) => outdatedChain(quotesAt(step))));
  const chain = () => storage.get(`/api/data/chain/NIFTY?expiry=${EXPIRIES[0]}`);
  expect((await chain()).body.rr25).toBeNull();
  const ordered = await ask('POST', '/api/admin/recomputes', ORDER);
  expect(ordered).toMatchObject({ status: 201, body: { ...ORDER, dry_run: false } });
  const job = async () =>
    (await ask('GET', `/api/admin/recomputes/${ordered.body.id}`)).body as RecomputeView;
  await expect.poll(async () => (await job()).state).toBe('done');
  expect((await job()).progress).toMatchObject({ share: 1, chains: 2, chains_changed: 2 });
  expect((await chain()).body.rr25).not.toBeNull();
  expect((await ask('GET', '/api/admin/recomputes')).body).toMatchObject({ count: 1 });
});

it('refuses what makes no sense before there is a job', async () => {
  const { storage, ask } = await start();
  await storage.store.putSnapshots([outdatedChain(quotesAt(0))]);
  const refused = async (order: object) => {
    const { status, body } = await ask('POST', '/api/admin/recomputes', { ...ORDER, ...order });
    return [status, body.code, body.detail];
  };
  expect(await refused({ to: ORDER.from })).toEqual([400, 'invalid_request', 'to: is not after from']);
  expect(await refused({ products: ['GOLD'] })).toEqual([404, 'unknown_product', 'there is no product GOLD']);
  expect(await refused({ figures: ['no_such'] })).toMatchObject([400, 'invalid_request', /figures/]);
  expect((await ask('GET', '/api/admin/recomputes')).body.count).toBe(0);
  expect((await ask('GET', '/api/admin/recomputes/9')).status).toBe(404);
});
