import './figure-list.css';
import { Figure, type FigureProps } from './figure.tsx';

interface Titled {
  readonly title: string;
  /** What it is and in which unit, said on hover. */
  readonly meaning?: string;
}

/** A figure with its name, or a text with one. */
export type ListedFigure = Titled & (FigureProps | { readonly text: string });

/** Figures in one line, name and number; it breaks where the screen is narrow. */
export function FigureList({
  label,
  figures,
}: {
  readonly label: string;
  readonly figures: readonly ListedFigure[];
}) {
  return (
    <dl className="figure-list" aria-label={label}>
      {figures.map(({ title, meaning, ...figure }) => (
        <div key={title} title={meaning}>
          <dt>{title}</dt>
          <dd>{'text' in figure ? figure.text : <Figure {...figure} />}</dd>
        </div>
      ))}
    </dl>
  );
}
