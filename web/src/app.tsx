import type { Client, SocketConnection } from '@deltastream/client';
import { useId, useState } from 'react';
import { ChainPanel } from './chain/chain-panel.tsx';
import { nearestExpiry, STRIKE_CHOICES } from './chain/chain-window.ts';
import { expiryDate } from './format.ts';
import { useConnectionState, useMarketStatus, useResponse, useTraded } from './live-data.ts';
import { Picker } from './picker.tsx';
import { PriceLine } from './price-line.tsx';
import { useScreenWidth } from './screen-width.ts';
import { useSelection } from './selection.ts';
import { ConnectionBanner } from './status/connection.tsx';
import { DataLabel, ProblemBanner } from './status/data-status.tsx';

const REFRESH_LISTS_MS = 30_000; // Products and expiries change by the day.
/** While a feed has just started and lists are known to lack something. */
const REFRESH_SOON_MS = 500;
const DEFAULT_AROUND = 20;

export interface AppProps {
  readonly client: Client;
  readonly socket: SocketConnection;
}

export function App({ client, socket }: AppProps) {
  const state = useConnectionState(socket);
  const status = useMarketStatus(socket);
  const [selection, select] = useSelection();
  const [around, setAround] = useState<number>(DEFAULT_AROUND);
  const [allColumns, setAllColumns] = useState(false);
  const width = useScreenWidth();
  const panel = useId();

  const traded = useTraded(socket);
  const products = useResponse(
    'products',
    (signal) => client.listProducts({}, { signal }),
    (response) => {
      const listed = new Set(response.products.map((each) => each.product));
      return [...traded].every((each) => listed.has(each)) ? REFRESH_LISTS_MS : REFRESH_SOON_MS;
    },
    traded,
  );
  const listed = products.value?.products ?? [];
  const product = listed.find((each) => each.product === selection.product) ?? listed[0] ?? null;

  const expiries = useResponse(
    product && `expiries ${product.product}`,
    (signal) => client.listExpiries({ product: product?.product ?? '' }, { signal }),
    (response) => (response.count === 0 ? REFRESH_SOON_MS : REFRESH_LISTS_MS),
  );
  const dates = expiries.value?.expiries ?? [];
  const expiry = dates.find((each) => each.expiry === selection.expiry)?.expiry ?? nearestExpiry(dates);

  return (
    <>
      <a className="skip" href={`#${panel}`}>
        Skip to the chain
      </a>
      <header>
        <h1>DeltaStream</h1>
        <div className="pickers">
          <Picker
            label="Product"
            value={product?.product ?? ''}
            options={listed.map((each) => ({
              value: each.product,
              text: each.name === each.product ? each.product : `${each.product} · ${each.name}`,
            }))}
            onChange={(value) => select({ product: value, expiry: null })}
          />
          <Picker
            label="Expiry"
            value={expiry ?? ''}
            options={dates.map((each) => ({ value: each.expiry, text: expiryDate(each.expiry) }))}
            onChange={(value) => select({ product: product?.product ?? null, expiry: value })}
          />
          <Picker
            label="Strikes"
            value={String(around)}
            options={STRIKE_CHOICES.map((each) => ({
              value: String(each),
              text: each === 0 ? 'all' : `±${each}`,
            }))}
            onChange={(value) => setAround(Number(value))}
          />
          {width !== 'wide' && (
            <button type="button" aria-pressed={allColumns} onClick={() => setAllColumns(!allColumns)}>
              All columns
            </button>
          )}
        </div>
        <DataLabel state={state} status={status} product={product?.product ?? null} />
      </header>
      <ConnectionBanner state={state} failed={products.failed} />
      <ProblemBanner status={status} />
      <main id={panel}>
        {product && <PriceLine key={product.product} socket={socket} product={product} />}
        {product && expiry && (
          <ChainPanel
            key={`${product.product} ${expiry}`}
            client={client}
            socket={socket}
            product={product.product}
            expiry={expiry}
            around={around}
            width={allColumns ? 'wide' : width}
            scrolls={allColumns && width !== 'wide'}
          />
        )}
        {listed.length === 0 && !products.failed && (
          <p className="waiting">
            Waiting for the first data. Start a feed, or a replay, and it appears here.
          </p>
        )}
        {expiries.value !== null && dates.length === 0 && (
          <p className="waiting">No option chain of {product?.product} is stored yet.</p>
        )}
      </main>
      <footer>
        <a href="/api/docs">API</a>
        <span>Figures are computed from the quotes shown; open interest and volume in contracts.</span>
      </footer>
    </>
  );
}
