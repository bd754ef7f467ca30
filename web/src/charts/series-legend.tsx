import './series-chart.css';
import type { Tokens } from '../style/tokens.ts';
import { type Series, valueAt } from './series.ts';
import { countOf, marksText, type PlacedMarks } from './time-marks.ts';

interface SeriesLegendProps {
  readonly series: readonly Series[];
  readonly tokens: Tokens;
  /** UTC milliseconds of the pointer; null reads the last values. */
  readonly hovered: number | null;
  readonly alerts: ReadonlyMap<number, PlacedMarks>;
}

/** Which line is which, with its value where the pointer is. */
export function SeriesLegend({ series, tokens, hovered, alerts }: SeriesLegendProps) {
  return (
    <ul className="series-legend">
      {series.map((each) => {
        const value = valueAt(each, hovered);
        return (
          <li key={each.name}>
            <svg width="16" height="8" aria-hidden="true">
              <line
                x2="16"
                y1="4"
                y2="4"
                stroke={tokens[each.colour]}
                strokeWidth="3"
                strokeDasharray={each.dashed ? '4 2' : undefined}
              />
            </svg>
            {each.name} <strong>{value === null ? '–' : (each.format?.(value) ?? String(value))}</strong>
          </li>
        );
      })}
      {alerts.size > 0 && (
        <li>
          <svg width="10" height="8" aria-hidden="true">
            <circle cx="4" cy="4" r="4" fill={tokens.ink} />
          </svg>
          Alerts{' '}
          <strong>
            {hovered === null ? countOf(alerts.values()) : marksText(alerts.get(hovered)?.texts ?? []) || '–'}
          </strong>
        </li>
      )}
      {/* The licence of the library asks for this link on the page. */}
      <li className="credit">
        <a href="https://www.tradingview.com/" target="_blank" rel="noreferrer">
          TradingView Lightweight Charts
        </a>
      </li>
    </ul>
  );
}
