import type { ResponseOf, Routes, SocketConnection } from '@deltastream/client';
import { useMemo } from 'react';
import { change, price as formatPrice, instant } from './format.ts';
import { useRoom } from './live-data.ts';

type Product = ResponseOf<Routes['listProducts']>['products'][number];

interface PriceLineProps {
  readonly socket: SocketConnection;
  readonly product: Product;
}

/** Price of the underlying: the stored one until the first live one comes. */
export function PriceLine({ socket, product }: PriceLineProps) {
  const request = useMemo(() => ({ type: 'product', symbol: product.product }) as const, [product.product]);
  const live = useRoom(socket, request);
  const price = live?.price ?? product.price;
  const timestamp = live?.timestamp ?? product.timestamp;
  return (
    <section className="price-line" aria-label={`Price of ${product.product}`}>
      <h2>{product.product}</h2>
      <p className="spot">
        <span className="unseen">Spot </span>
        {price === null ? 'no price yet' : formatPrice(price)} <small>{product.currency}</small>
      </p>
      {live && live.change !== null && live.change_pct !== null && (
        <p className={live.change < 0 ? 'down' : 'up'}>
          <span aria-hidden="true">{live.change < 0 ? '▼' : '▲'}</span> {change(live.change)} (
          {change(live.change_pct)}%)<span className="unseen"> since the previous close</span>
        </p>
      )}
      {timestamp && (
        <p className="when">
          <span className="unseen">Price of </span>
          <time dateTime={timestamp}>{instant(timestamp)}</time>
        </p>
      )}
    </section>
  );
}
