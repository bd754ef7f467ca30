import './series-chart.css';
import type { Tokens } from '../style/tokens.ts';
import { type Series, valueAt } from './series.ts';

interface SeriesLegendProps {
  readonly series: readonly Series[];
  readonly tokens: Tokens;
  /** UTC milliseconds of the pointer; null reads the last values. */
  readonly hovered: number | null;
}

/** Which line is which, with its value where the pointer is. */
export function SeriesLegend({ series, tokens, hovered }: SeriesLegendProps) {
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
      {/* The licence of the library asks for this link on the page. */}
      <li className="credit">
        <a href="https://www.tradingview.com/" target="_blank" rel="noreferrer">
          TradingView Lightweight Charts
        </a>
      </li>
    </ul>
  );
}
