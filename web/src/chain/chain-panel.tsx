import type { ChainView, Client, SocketConnection } from '@deltastream/client';
import { instant, words } from '../format.ts';
import { useResponse, useRoom } from '../live-data.ts';
import type { ScreenWidth } from '../screen-width.ts';
import { ChainTable } from './chain-table.tsx';
import { Tiles } from './tiles.tsx';

const REFRESH_STORED_MS = 60_000; // A new point of the shortest bar; what is live comes by the socket.

interface ChainPanelProps {
  readonly client: Client;
  readonly socket: SocketConnection;
  readonly product: string;
  readonly expiry: string;
  readonly around: number;
  readonly width: ScreenWidth;
  /** The table may be wider than the screen. */
  readonly scrolls: boolean;
}

/** One chain: the stored one until the first live one comes. */
export function ChainPanel({ client, socket, product, expiry, around, width, scrolls }: ChainPanelProps) {
  const live = useRoom(socket, { type: 'chain', symbol: product, expiry, mode: 'delta' } as const);
  const stored = useResponse(
    live ? null : 'stored',
    (signal) => client.getChain({ product, expiry }, { signal }),
    () => REFRESH_STORED_MS,
  );
  const chain = live ?? stored.value;
  if (!chain) return <p className="waiting">Waiting for the chain of {product}.</p>;
  return (
    <>
      <Provenance chain={chain} live={live !== null} />
      <Tiles chain={chain} />
      <section
        className={scrolls ? 'scrolls' : undefined}
        aria-label="Option chain"
        // A keyboard can scroll only what it can reach.
        tabIndex={scrolls ? 0 : undefined}
      >
        <ChainTable chain={chain} around={around} width={width} />
      </section>
    </>
  );
}

/** Where the figures come from, how old they are, and what is odd about them. */
function Provenance({ chain, live }: { readonly chain: ChainView; readonly live: boolean }) {
  const synthetic = chain.source.startsWith('synthetic');
  return (
    <p className="provenance">
      {synthetic ? (
        <strong className="synthetic">synthetic data</strong>
      ) : (
        <span className="source">source: {chain.source}</span>
      )}
      <span>
        {live ? 'updated ' : 'stored '}
        <time dateTime={chain.timestamp}>{instant(chain.timestamp)}</time>
      </span>
      {chain.open_interest_as_of !== null && chain.open_interest_as_of !== chain.quotes_as_of && (
        <span>
          open interest of{' '}
          <time dateTime={chain.open_interest_as_of}>{instant(chain.open_interest_as_of)}</time>
        </span>
      )}
      {chain.quality.map((flag) => (
        <span key={flag} className="flag">
          {words(flag)}
        </span>
      ))}
    </p>
  );
}
