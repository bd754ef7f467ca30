/** A pool of credits as the venue keeps it: requests take from it, time refills it. */
interface CreditPool {
  /** False: the pool has less than that, and the request is refused. */
  take(credits: number): boolean;
}

function createCreditPool(
  { capacity, perSecond }: { readonly capacity: number; readonly perSecond: number },
  now: () => number = () => performance.now(),
): CreditPool {
  let credits = capacity;
  let at = now();
  return {
    take: (cost) => {
      const present = now();
      credits = Math.min(capacity, credits + ((present - at) / 1000) * perSecond);
      at = present;
      if (credits < cost) return false;
      credits -= cost;
      return true;
    },
  };
}

/** What the venue allows without a key. */
export interface DeribitRates {
  /** Requests, each of 500 credits of 50,000 that are refilled by 10,000 a second. */
  readonly requests: { readonly capacity: number; readonly perSecond: number };
  readonly subscriptions: { readonly capacity: number; readonly perSecond: number };
  readonly instruments: { readonly capacity: number; readonly perSecond: number };
}

/** In requests. */
export const DERIBIT_RATES: DeribitRates = {
  requests: { capacity: 100, perSecond: 20 },
  subscriptions: { capacity: 10, perSecond: 3.3 },
  instruments: { capacity: 1, perSecond: 1 },
};

export interface Pools {
  /** False: the venue refuses with `too_many_requests`. */
  take(method: string): boolean;
}

export function createPools(rates: DeribitRates): Pools {
  const requests = createCreditPool(rates.requests);
  const subscriptions = createCreditPool(rates.subscriptions);
  const instruments = createCreditPool(rates.instruments);
  return {
    take: (method) => {
      if (method.endsWith('subscribe')) return subscriptions.take(1);
      if (method === 'public/get_instruments') return instruments.take(1);
      return requests.take(1);
    },
  };
}
