import './chain.css';
import type { ChainView } from '@deltastream/client';
import { useMemo } from 'react';
import { words } from '../../format/format.ts';
import { useChain } from '../../market/figures/use-chain.ts';
import { useMarketView } from '../../market/view/market-view.tsx';
import { Panel } from '../../panel/panel.tsx';
import { usePlaceWidth } from '../../panel/place-width.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { chainRows } from './chain-rows.ts';
import { ChainTable } from './chain-table.tsx';
import { widthsOf } from './contract-columns.ts';
import { useStrikesChoice } from './strikes-choice.tsx';
import { useColumns } from './use-columns.tsx';

/** One chain: calls, strike and puts; live, or as of the instant shown. */
export function ChainPanel() {
  const { product, expiries } = useMarketView();
  const { chain, error, stale } = useChain();
  const screen = usePlaceWidth();
  const { around, control: strikes } = useStrikesChoice();
  const { columns, control: choice } = useColumns(screen);
  const widths = widthsOf(columns, screen);
  const format = useFormat();
  const table = useMemo(
    () => chain && chainRows(chain, around, columns, format),
    [chain, around, columns, format],
  );
  const noChain = product !== null && expiries.length === 0;
  const scrolls = widths.scrolls !== null;
  return (
    <Panel
      title="Option chain"
      note={chain && <Provenance chain={chain} />}
      asOf={chain?.quotes_as_of}
      stale={stale}
      pending={!chain && !error && !noChain}
      error={chain ? null : error}
      table={table}
      source={chain?.source}
      isTable
      empty={noChain && !chain ? `No option chain of ${product.product} is stored yet.` : null}
      controls={
        <>
          {strikes}
          {choice}
        </>
      }
    >
      {chain && (
        <section
          className={scrolls ? 'scrolls' : undefined}
          aria-label="Calls, strikes and puts"
          // A keyboard can scroll only what it can reach.
          tabIndex={scrolls ? 0 : undefined}
        >
          <ChainTable chain={chain} around={around} columns={columns} widths={widths} place={screen} />
        </section>
      )}
    </Panel>
  );
}

/** Where the figures come from, and what is odd about them; how old its quotes are is said beside it. */
function Provenance({ chain }: { readonly chain: ChainView }) {
  const { timeOfDay } = useFormat();
  const synthetic = chain.source.startsWith('synthetic');
  return (
    <span className="provenance">
      {synthetic ? (
        <strong className="synthetic">synthetic data</strong>
      ) : (
        <span className="source">source: {chain.source}</span>
      )}
      {chain.quotes_as_of === null && (
        <span>
          quotes of unknown age, snapshot of{' '}
          <time dateTime={chain.timestamp}>{timeOfDay(chain.timestamp)}</time>
        </span>
      )}
      {chain.open_interest_as_of !== null && chain.open_interest_as_of !== chain.quotes_as_of && (
        <span>
          open interest of{' '}
          <time dateTime={chain.open_interest_as_of}>{timeOfDay(chain.open_interest_as_of)}</time>
        </span>
      )}
      {chain.quality.map((flag) => (
        <span key={flag} className="flag">
          {words(flag)}
        </span>
      ))}
    </span>
  );
}
