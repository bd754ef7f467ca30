import './charts.css';
import { CHAIN_FIGURES } from '@deltastream/client';
import { useMemo } from 'react';
import type { Format } from '../../format/format.ts';
import { useAddressParameter } from '../../market/address/use-address.ts';
import { useMarketQuery } from '../../market/figures/use-market-query.ts';
import { useRoom } from '../../market/figures/use-room.ts';
import { useConnectionState } from '../../market/status/use-market-status.ts';
import { useMarketView, useShownChain } from '../../market/view/market-view.tsx';
import { Panel } from '../../panel/panel.tsx';
import { usePlaceWidth } from '../../panel/place-width.ts';
import { staleText } from '../../panel/query/use-panel-query.ts';
import type { Table } from '../../panel/table/figure-table.tsx';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { withAlerts } from '../alerts/marks/marked-table.ts';
import { useFiringMarks } from '../alerts/marks/use-firing-marks.ts';
import { type ChartedFigure, readFigures } from './charted-figures.ts';
import { ChartedFigures, FigureChoice } from './figure-choice.tsx';
import { type Bar, figureByBar, INTERVALS, type Interval, isInterval, withLiveBar } from './price-bars.ts';
import { type Column, PriceChart } from './price-chart.tsx';

const DEFAULT_INTERVAL: Interval = '5m';
/** As many as can be told apart. */
const BARS = { full: 300, wide: 300, medium: 200, narrow: 100 } as const;
const REFRESH_MS = 15_000; // The bar that is being made comes by the room.
/** Longer bars have no room. */
const REFRESH_LONG_MS = 5_000;
type RoomInterval = '1m' | '5m' | '15m';
const hasRoom = (interval: Interval): interval is RoomInterval => interval !== '1h' && interval !== '1d';

const NO_POINTS: [] = [];

/** Candles of the product, with any figures of the chain that is shown over or below them; live, or as of the instant. */
export function PriceChartPanel() {
  const { product } = useMarketView();
  const format = useFormat();
  const [given, setInterval] = useAddressParameter('interval', DEFAULT_INTERVAL);
  const interval = isInterval(given) ? given : DEFAULT_INTERVAL;
  const [figures, setFigures] = useAddressParameter('figures', '');
  const limit = BARS[usePlaceWidth()];
  const { bars, states } = useBars(interval, limit);
  const { columns, stale } = useColumns(bars, interval, figures, limit);
  const alerts = useFiringMarks();
  const table = useMemo(() => {
    if (bars === null) return null;
    const caption = `Price of ${product?.product} by ${INTERVALS[interval].title}`;
    const starts = bars.map(({ start }) => Date.parse(start));
    return withAlerts(tableOf(caption, bars, columns, format), starts, alerts, 'start');
  }, [bars, columns, alerts, product, interval, format]);
  return (
    <Panel
      title="Price"
      note={product && `${product.product}, ${product.currency}; figures: last of each bar`}
      asOf={bars?.at(-1)?.start}
      {...states}
      stale={states.stale ?? stale}
      table={table}
      controls={
        <div className="chart-choices">
          <label>
            Bar{' '}
            <select value={interval} onChange={({ target }) => setInterval(target.value)}>
              {Object.entries(INTERVALS).map(([name, { title }]) => (
                <option key={name} value={name}>
                  {title}
                </option>
              ))}
            </select>
          </label>
          <FigureChoice text={figures} onChange={setFigures} />
        </div>
      }
    >
      {bars && product && (
        <>
          <ChartedFigures text={figures} onChange={setFigures} />
          <PriceChart product={product.product} bars={bars} columns={columns} alerts={alerts} />
        </>
      )}
    </Panel>
  );
}

/** The last bars of the product that is shown, and the states of the panel. */
function useBars(interval: Interval, limit: number) {
  const { product, storedAt } = useMarketView();
  const symbol = product?.product ?? null;
  const { data, error, refetch, isPlaceholderData } = useMarketQuery(
    'getOhlc',
    symbol === null ? null : { product: symbol, interval, limit },
    { refreshMs: hasRoom(interval) ? REFRESH_MS : REFRESH_LONG_MS },
  );
  const connected = useConnectionState() === 'connected';
  const room = useRoom(
    storedAt === null && symbol !== null && hasRoom(interval)
      ? ({ type: 'bars', symbol, bar: interval } as const)
      : null,
  );
  // After its return a server may have other bars than those that came before.
  const live = room.current || !connected ? room.update : null;
  const stored = data?.product === symbol && data.interval === interval ? data.bars : null;
  const bars = useMemo(() => stored && withLiveBar(stored, live), [stored, live]);
  const states = {
    pending: bars === null,
    error,
    retry: () => void refetch(),
    stale: staleText(bars !== null, isPlaceholderData, error),
    empty: bars?.length === 0 ? `No price of ${symbol} is stored at this instant.` : null,
  };
  return { bars, states };
}

/** The figures that the address names, by bar. */
function useColumns(bars: readonly Bar[] | null, interval: Interval, text: string, limit: number) {
  const shown = useShownChain();
  const figures = useMemo(() => readFigures(text), [text]);
  const names = figures.map(({ name }) => name).join(',');
  const { data, error, isPlaceholderData } = useMarketQuery(
    'getHistory',
    shown && names !== '' ? { ...shown, figures: names, resolution: interval, limit } : null,
  );
  const isShown =
    data?.product === shown?.product && data?.expiry === shown?.expiry && data?.resolution === interval;
  const points = (isShown && data?.points) || NO_POINTS;
  const columns = useMemo(
    () => figures.map((figure) => columnOf(figure, bars ?? [], points, interval)),
    [figures, bars, points, interval],
  );
  const said = isPlaceholderData ? 'loading' : error && 'figures could not be read';
  return { columns, stale: names === '' ? null : said };
}

const columnOf = (
  figure: ChartedFigure,
  bars: readonly Bar[],
  points: Parameters<typeof figureByBar>[1],
  interval: Interval,
): Column => ({ figure, values: figureByBar(bars, points, figure.name, INTERVALS[interval].ms) });

function tableOf(caption: string, bars: readonly Bar[], columns: readonly Column[], format: Format): Table {
  const { price, instant } = format;
  return {
    caption,
    columns: [
      { title: 'Bar from', format: (ms) => instant(new Date(ms).toISOString()) },
      ...['Open', 'High', 'Low', 'Close'].map((title) => ({ title, format: price })),
      ...columns.map(({ figure: { name } }) => ({
        title: CHAIN_FIGURES[name].title,
        format: format.figure[CHAIN_FIGURES[name].format],
      })),
    ],
    rows: bars.map(({ start, open, high, low, close }, i) => [
      Date.parse(start),
      ...[open, high, low, close],
      ...columns.map(({ values }) => values[i]),
    ]),
  };
}
