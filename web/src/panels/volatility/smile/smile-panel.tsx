import { useCallback, useMemo } from 'react';
import { Chart } from '../../../charts/chart.tsx';
import { useMarketQueries } from '../../../market/figures/use-market-query.ts';
import { useMarketView } from '../../../market/view/market-view.tsx';
import { useChoice } from '../../../panel/choice/choice.tsx';
import { Panel } from '../../../panel/panel.tsx';
import { staleText } from '../../../panel/query/use-panel-query.ts';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import type { Tokens } from '../../../style/tokens.ts';
import { usePreviousClose } from '../../../time/use-snapshots.ts';
import { useExpiryPicks } from './expiry-picks.tsx';
import { FitNotes } from './fit-notes.tsx';
import { SMILE_AXES } from './smile-axis.ts';
import { smileOption } from './smile-chart.ts';
import { noPreviousClose, type SmileLine, smileTable } from './smile-data.ts';

/** Smiles of some expiries: market with its quotes, fitted curve, arbitrage, and the curve of the previous close. */
export function SmilePanel() {
  const format = useFormat();
  const { value: axis, buttons: axes } = useChoice('smile-x', 'Horizontal axis', SMILE_AXES);
  const { picks, buttons } = useExpiryPicks();
  const { product, lines, error, stale, retry, pending, noPreviousClose } = useSmiles(picks);
  const table = useMemo(
    () => (lines.length > 0 ? smileTable(product, lines, format) : null),
    [product, lines, format],
  );
  const option = useCallback(
    (tokens: Tokens) => smileOption(lines, axis, format, tokens),
    [lines, axis, format],
  );
  const newest = lines.map(({ smile }) => smile.timestamp).sort();
  return (
    <Panel
      title="Smile"
      note="out-of-the-money contracts, bar from bid to ask; line: SVI; dashed: previous close"
      asOf={newest.at(0)}
      pending={pending}
      error={error}
      stale={stale}
      retry={retry}
      table={table}
      controls={axes}
    >
      {buttons}
      {lines.length > 0 && (
        <>
          <Chart
            height={380}
            option={option}
            label={`Smile of ${product}: ${lines
              .map(({ smile: { expiry, atm_iv } }) => {
                const iv = atm_iv === null ? 'none' : format.figure.volatility(atm_iv);
                return `${format.expiry(expiry)} with at-the-money volatility ${iv}`;
              })
              .join('; ')}`}
          />
          <FitNotes lines={lines} noPreviousClose={noPreviousClose} />
        </>
      )}
    </Panel>
  );
}

/** The smiles of expiries with those of the previous close; of an expiry that was not listed then there is none. */
function useSmiles(picks: readonly string[]) {
  const { product } = useMarketView();
  const symbol = product?.product ?? '';
  const requests = symbol === '' ? [] : picks.map((expiry) => ({ product: symbol, expiry }));
  const previousCloseAt = usePreviousClose();
  const shown = useMarketQueries('getSmile', requests);
  const atPreviousClose = useMarketQueries('getSmile', previousCloseAt ? requests : [], {
    at: previousCloseAt,
  });
  // What is of the product or the expiries shown before is not shown under these names.
  const isOf = (each: { product: string; expiry: string } | undefined, i: number) =>
    each?.product === symbol && each.expiry === picks[i];
  const smiles = shown.map(({ data }) => data);
  const before = atPreviousClose.map(({ data, isPlaceholderData }) => (isPlaceholderData ? undefined : data));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the responses stand for the arrays around them.
  const lines = useMemo(
    () =>
      smiles.flatMap((smile, i): SmileLine[] =>
        smile && isOf(smile, i)
          ? [{ smile, previousClose: isOf(before[i], i) ? (before[i] ?? null) : null }]
          : [],
      ),
    [symbol, picks, ...smiles, ...before],
  );
  const failed = shown.find(({ error }) => error !== null);
  return {
    product: symbol,
    lines,
    noPreviousClose: noPreviousClose(previousCloseAt, atPreviousClose),
    pending: lines.length === 0,
    stale: staleText(
      lines.length > 0,
      shown.some(({ isPlaceholderData }) => isPlaceholderData),
      failed?.error ?? null,
    ),
    error: failed?.error ?? null,
    retry: () => void Promise.all(shown.map(({ refetch }) => refetch())),
  };
}
