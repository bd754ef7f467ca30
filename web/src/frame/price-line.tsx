import { useMemo } from 'react';
import { useChain } from '../market/figures/use-chain.ts';
import { useRoom } from '../market/figures/use-room.ts';
import { isOfShown } from '../market/status/replay-text.ts';
import { useMarketStatus } from '../market/status/use-market-status.ts';
import { type Product, useMarketView } from '../market/view/market-view.tsx';
import { useFormat } from '../preferences/use-preferences.tsx';

const UP = { name: 'up', sign: '▲' } as const;
const DOWN = { name: 'down', sign: '▼' } as const;

/** Price of the underlying: live, the stored one until it comes, or as of the instant shown. */
export function PriceLine({ product }: { readonly product: Product }) {
  const { at, storedAt } = useMarketView();
  const format = useFormat();
  const request = useMemo(() => ({ type: 'product', symbol: product.product }) as const, [product.product]);
  const { update, current } = useRoom(at === null ? request : null);
  const status = useMarketStatus();
  const live = update && isOfShown(update.epoch, status, product.product) ? update : null;
  const isOld = live !== null && !current;
  const { chain } = useChain();
  const direction = live?.change ? (live.change < 0 ? DOWN : UP) : null;
  // The stored price of the product is the newest one.
  const stored =
    storedAt === null ? product : { price: chain?.spot_price ?? null, timestamp: chain?.timestamp };
  const { price, timestamp } = live ?? stored;
  return (
    <section className={isOld ? 'price-line stale' : 'price-line'} aria-label={`Price of ${product.product}`}>
      <p className="spot">
        <span className="unseen">Spot </span>
        {isOld && <span className="unseen">not refreshed: </span>}
        {price === null ? 'no price yet' : format.price(price)} <small>{product.currency}</small>
      </p>
      {live && live.change !== null && live.change_pct !== null && (
        <p className={direction?.name}>
          {direction && <span aria-hidden="true">{direction.sign} </span>}
          {format.change(live.change)} ({format.change(live.change_pct)}%)
          <span className="unseen"> since the previous close</span>
        </p>
      )}
      {timestamp && (
        <p className="when">
          <span className="unseen">Price of </span>
          <time dateTime={timestamp}>{format.timeOfDay(timestamp)}</time>
        </p>
      )}
    </section>
  );
}
