import { marksText, type PointTime, placeMarks, type TimeMark } from '../../../charts/time-marks.ts';
import type { Table } from '../../../panel/table/figure-table.tsx';

/** The table of a chart with the alerts of each of its rows, whose times are `timestamps`; as it was where there are none. */
export function withAlerts(
  table: Table,
  timestamps: readonly number[],
  alerts: readonly TimeMark[],
  time: PointTime = 'instant',
): Table {
  const placed = placeMarks(alerts, timestamps, time);
  if (placed.size === 0) return table;
  return {
    ...table,
    columns: [...table.columns, { title: 'Alerts' }],
    rows: table.rows.map((row, i) => {
      const marks = placed.get(timestamps[i] ?? Number.NaN);
      return [...row, marks ? marksText(marks.texts) : null];
    }),
  };
}
