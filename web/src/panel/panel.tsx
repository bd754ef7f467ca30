import './panel.css';
import { type ReactNode, useId, useMemo, useRef, useState } from 'react';
import { useKeptFocus } from '../form/kept-focus.ts';
import { useMarketView } from '../market/view/market-view.tsx';
import { titleWith } from '../market/view/pin.ts';
import { useFormat } from '../preferences/use-preferences.tsx';
import { type ChartImage, PanelChart } from './panel-chart.tsx';
import { PanelMenu } from './panel-menu.tsx';
import { Message, Skeleton } from './states.tsx';
import { FigureTable, type Table } from './table/figure-table.tsx';

interface PanelProps {
  readonly title: string;
  /** Units and windows, e.g. `contracts, change since the previous session`. */
  readonly note?: ReactNode;
  /** Pickers of this panel, in its head. */
  readonly controls?: ReactNode;
  /** What the content is of; null while none came. ISO-8601. */
  readonly asOf?: string | null;
  /** The content has no past: at an instant of it the panel says that it is of now. */
  readonly ofNow?: boolean;
  /** Nothing came yet. */
  readonly pending?: boolean;
  /** The figures are of another instant than the one asked for, or are known to be old. */
  readonly stale?: string | null;
  readonly error?: Error | null;
  readonly retry?: () => void;
  /** Why there is nothing to show, in words; null when there is. */
  readonly empty?: string | null;
  /** The same figures as rows: shown on demand, read by screen readers, written as CSV. */
  readonly table?: Table | null;
  /** Where the figures come from, where the panel knows it; the source of the chain that is shown without. */
  readonly source?: string;
  /** The content is this table already, beside its forms: there is nothing to change it for. */
  readonly isTable?: boolean;
  readonly children?: ReactNode;
}

/**
 * The frame of every panel: head, menu (table, CSV, PNG), and its states. The content is mounted while there is
 * something to show.
 */
export function Panel(props: PanelProps) {
  const { note, asOf, controls, table = null, isTable = false, children } = props;
  const { pin, storedAt } = useMarketView();
  const title = titleWith(props.title, pin);
  const format = useFormat();
  const head = useId();
  const place = useRef<HTMLElement>(null);
  useKeptFocus(place);
  const image = useRef<ChartImage | null>(null);
  const [asTable, setAsTable] = useState(false);
  const stale = props.stale ?? (props.error && table ? 'not refreshed' : null);
  const content = asTable && table ? <FigureTable table={table} /> : children;
  const chart = useMemo(() => ({ register: (next: ChartImage | null) => (image.current = next) }), []);
  return (
    <section ref={place} className="panel" aria-labelledby={head} tabIndex={-1}>
      <header className="panel-head">
        <div className="panel-title">
          <h2 id={head}>{title}</h2>
          {note && <p className="panel-note">{note}</p>}
          {asOf && (
            <p className="panel-note">
              as of <time dateTime={asOf}>{format.timeOfDay(asOf)}</time>
            </p>
          )}
          {props.ofNow && storedAt !== null && <span className="flag">of now, not of the instant shown</span>}
          {stale && <span className="flag">{stale}</span>}
        </div>
        <div className="panel-controls">
          {controls}
          {table && (
            <PanelMenu
              title={title}
              table={table}
              asOf={asOf ?? null}
              source={props.source}
              image={image}
              asTable={isTable ? null : asTable}
              onAsTable={() => setAsTable(!asTable)}
            />
          )}
        </div>
      </header>
      <div className="panel-body">
        <PanelChart value={chart}>{stateOf(props) ?? content}</PanelChart>
      </div>
    </section>
  );
}

/** What is shown in place of the content; null when there is content. */
function stateOf({ pending, error, retry, empty, table }: PanelProps): ReactNode {
  if (error && !table) return <Message kind="error" error={error} retry={retry} />;
  if (pending) return <Skeleton />;
  if (empty) return <Message kind="empty" text={empty} />;
  return null;
}
