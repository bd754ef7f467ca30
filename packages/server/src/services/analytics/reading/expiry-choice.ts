import { type EnrichedChain, type ExpiriesInUse, expiriesInUse } from '@deltastream/contracts';
import { missingChain } from '../../../kit/chains/missing-chain.ts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { StoredExpiry } from '../../../ports/stores/market/market-store.ts';
import type { ChainReader } from './reader-as-of.ts';

/**
 * The expiries of a product that has chains, ascending. Rejects with `unknown_product`, or `no_data` for a
 * product of which only prices are stored.
 */
async function expiriesOf(
  store: Pick<ChainReader, 'expiries' | 'products'>,
  product: string,
): Promise<StoredExpiry[]> {
  const expiries = await store.expiries(product);
  if (expiries.length > 0) return expiries;
  const known = (await store.products()).some((each) => each.product === product);
  if (known) throw new DeltaStreamError('no_data', `no chain of ${product} is stored`);
  throw new DeltaStreamError('unknown_product', `there is no product ${product}`);
}

/** The unexpired expiries of a product that has chains. Rejects as `expiriesOf`. */
export async function readExpiriesInUse(
  store: Pick<ChainReader, 'expiries' | 'products'>,
  product: string,
  maxExpiryLagMs: number,
): Promise<ExpiriesInUse<StoredExpiry>> {
  return expiriesInUse(await expiriesOf(store, product), maxExpiryLagMs);
}

/** The newest chain of each expiry in use, at least one. Rejects as `expiriesOf`, or with `no_data`. */
export async function currentChains(
  store: Pick<ChainReader, 'expiries' | 'products' | 'latest'>,
  product: string,
  maxExpiryLagMs: number,
): Promise<ExpiriesInUse<EnrichedChain>> {
  const { current, outdated } = await readExpiriesInUse(store, product, maxExpiryLagMs);
  const chains = await Promise.all(current.map(({ expiry }) => store.latest(product, expiry)));
  const found = chains.filter((chain) => chain !== null);
  if (found.length === 0) throw new DeltaStreamError('no_data', `no chain of ${product} is stored`);
  return { current: found, outdated };
}

/** The expiry asked for, else the nearest in use. Rejects with `unknown_expiry`, and as `expiriesOf`. */
export async function chooseExpiry(
  store: Pick<ChainReader, 'expiries' | 'products'>,
  product: string,
  expiry: string | undefined,
  maxExpiryLagMs: number,
): Promise<string> {
  const expiries = await expiriesOf(store, product);
  if (expiry === undefined) return expiriesInUse(expiries, maxExpiryLagMs).current[0].expiry;
  if (expiries.some((each) => each.expiry === expiry)) return expiry;
  throw new DeltaStreamError('unknown_expiry', `${product} has no expiry ${expiry}`);
}

/** The newest chain of the expiry asked for, else of the nearest in use. Rejects as `chooseExpiry`, or with `no_data`. */
export async function newestChain(
  store: ChainReader,
  product: string,
  expiry: string | undefined,
  maxExpiryLagMs: number,
): Promise<EnrichedChain> {
  const chosen = await chooseExpiry(store, product, expiry, maxExpiryLagMs);
  const chain = await store.latest(product, chosen);
  if (!chain) throw await missingChain(store, product, chosen, null);
  return chain;
}
