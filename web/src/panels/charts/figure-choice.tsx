import './charts.css';
import { CHAIN_FIGURES, type Figure, type HistoryFigure } from '@deltastream/client';
import { X } from 'lucide-react';
import { CHARTABLE, type ChartedFigure, readFigures, withFigure, writeFigures } from './charted-figures.ts';

/** What is looked at most beside a price. */
const QUICK: readonly (readonly [title: string, name: HistoryFigure])[] = [
  ['Straddle', 'atm_straddle_price'],
  ['IV', 'atm_iv'],
  ['Call OI', 'total_call_oi'],
  ['Put OI', 'total_put_oi'],
];

const GROUPS = Object.entries(
  Object.groupBy(CHARTABLE, (name): Figure['group'] => CHAIN_FIGURES[name].group),
);

interface FigureChoiceProps {
  /** As the address has them. */
  readonly text: string;
  readonly onChange: (text: string) => void;
}

/** Adds figures of the catalogue to a chart. */
export function FigureChoice({ text, onChange }: FigureChoiceProps) {
  const charted = readFigures(text);
  const has = (name: HistoryFigure) => charted.some((each) => each.name === name);
  const toggle = (name: HistoryFigure) =>
    onChange(has(name) ? writeFigures(charted.filter((each) => each.name !== name)) : withFigure(text, name));
  return (
    <>
      {QUICK.map(([title, name]) => (
        <button key={name} type="button" aria-pressed={has(name)} onClick={() => toggle(name)}>
          {title}
        </button>
      ))}
      <select
        aria-label="Add a figure"
        value=""
        onChange={({ target }) => target.value && onChange(withFigure(text, target.value as HistoryFigure))}
      >
        <option value="">Add a figure</option>
        {GROUPS.map(([group, names]) => (
          <optgroup key={group} label={group}>
            {names.map((name) => (
              <option key={name} value={name} disabled={has(name)}>
                {CHAIN_FIGURES[name].title}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </>
  );
}

/** The figures that are charted: each can be put over the price or below it, or taken away. */
export function ChartedFigures({ text, onChange }: FigureChoiceProps) {
  const charted = readFigures(text);
  if (charted.length === 0) return null;
  const move = (moved: ChartedFigure) =>
    onChange(
      writeFigures(
        charted.map((each) =>
          each === moved ? { ...each, place: each.place === 'pane' ? 'overlay' : 'pane' } : each,
        ),
      ),
    );
  return (
    <ul className="charted-figures" aria-label="Figures of the chart">
      {charted.map((each) => {
        const { title } = CHAIN_FIGURES[each.name];
        return (
          <li key={each.name}>
            {title}
            <button
              type="button"
              aria-label={`${title} over the price`}
              aria-pressed={each.place === 'overlay'}
              onClick={() => move(each)}
            >
              over
            </button>
            <button
              type="button"
              className="icon"
              aria-label={`Remove ${title}`}
              onClick={() => onChange(writeFigures(charted.filter((other) => other !== each)))}
            >
              <X aria-hidden size={14} />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
