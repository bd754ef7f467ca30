import { CHAIN_FIGURES, type HistoryFigure, type ResponseOf, type Routes } from '@deltastream/client';
import { useMemo } from 'react';
import type { Point } from '../../charts/series.ts';
import type { Format } from '../../format/format.ts';
import { useMarketView } from '../../market/view/market-view.tsx';
import { addDays, startOfDate } from '../../time/exchange-day.ts';
import { useDaySnapshots } from '../../time/use-snapshots.ts';
import { useChoice } from '../choice/choice.tsx';
import type { Table, TableColumn } from '../table/figure-table.tsx';
import { usePanelQuery } from './use-panel-query.ts';

const SPANS = { day: 'Day', week: 'Week' } as const;
const DAYS_BEFORE = { day: 0, week: 6 } as const;
const RESOLUTIONS = { day: '1m', week: '15m' } as const;
/** A day of minutes is 1,440 snapshots, a week of quarters of an hour 672. */
const MOST = 2_000;
export const REFRESH_HISTORY_MS = 15_000; // A line of a session moves by less than a pixel in that time.

/** The day that is shown, or the week up to it, as requests for series say it; null until the day is known. */
export function useSpan() {
  const { product } = useMarketView();
  const day = useDaySnapshots();
  const { value, buttons } = useChoice('span', 'Time shown', SPANS);
  const date = day?.date ?? null;
  const zone = product?.time_zone ?? 'UTC';
  const request = useMemo(
    () =>
      date === null
        ? null
        : {
            from: startOfDate(addDays(date, -DAYS_BEFORE[value]), zone),
            resolution: RESOLUTIONS[value],
            limit: MOST,
          },
    [date, value, zone],
  );
  return { request, buttons };
}

export type HistoryPoint = ResponseOf<Routes['getHistory']>['points'][number];

/** Figures of the chain that is shown over the day or the week. */
export function useHistory(figures: readonly HistoryFigure[]) {
  const { request, buttons } = useSpan();
  const asked = request && { ...request, figures: figures.join(',') };
  const { data, states } = usePanelQuery('getHistory', asked, { refreshMs: REFRESH_HISTORY_MS });
  return { data, states, buttons };
}

/** One figure over time. */
export const pointsOf = (points: readonly HistoryPoint[], figure: HistoryFigure): readonly Point[] =>
  points.map((point) => ({ timestamp: Date.parse(point.timestamp), value: point[figure] ?? null }));

/** The instants of the points, or of the rows of a table, in UTC milliseconds. */
export const timesOf = (points: readonly { readonly timestamp: string }[]): readonly number[] =>
  points.map(({ timestamp }) => Date.parse(timestamp));

/** A column of instants: exact in CSV as UTC milliseconds, read in the zone that is shown. */
export const timeColumn = ({ instant }: Format): TableColumn => ({
  title: 'Time',
  format: (ms) => instant(new Date(ms).toISOString()),
});

/** Figures over time as rows. */
export function historyTable(
  caption: string,
  points: readonly HistoryPoint[],
  figures: readonly HistoryFigure[],
  format: Format,
): Table {
  return {
    caption,
    columns: [
      timeColumn(format),
      ...figures.map((name) => ({
        title: CHAIN_FIGURES[name].title,
        format: format.figure[CHAIN_FIGURES[name].format],
      })),
    ],
    rows: points.map((point) => [Date.parse(point.timestamp), ...figures.map((name) => point[name] ?? null)]),
  };
}
