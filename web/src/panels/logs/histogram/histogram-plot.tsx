import { type KeyboardEvent, type PointerEvent, useId, useState } from 'react';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import { type Bar, barText, markedRange, SHADES } from './histogram-bars.ts';

interface HistogramPlotProps {
  readonly bars: readonly Bar[];
  readonly onRange: (range: { readonly from: string; readonly to: string }) => void;
}

/** Bars that are marked: from the one where it began to the one that is last. */
interface Marked {
  readonly anchor: number;
  readonly at: number;
}

/** In units of the drawing, which is stretched to its place. */
const HEIGHT = 100;

/**
 * Bars by time. A range of them is chosen by dragging over them or clicking one; with the keyboard arrows go from bar to
 * bar, with Shift they mark, Enter takes what is marked, Escape marks nothing.
 */
export function HistogramPlot({ bars, onRange }: HistogramPlotProps) {
  const format = useFormat();
  const hint = useId();
  const [marked, setMarked] = useState<Marked | null>(null);
  const [dragging, setDragging] = useState(false);
  const last = bars.length - 1;
  // Bars come and go while a range is open.
  const at = Math.min(marked?.at ?? last, last);
  const anchor = Math.min(marked?.anchor ?? at, last);
  const most = Math.max(0, ...bars.map(({ total }) => total));
  const choose = (from: number, to: number) => {
    setMarked(null);
    onRange(markedRange(bars, from, to));
  };

  const barAt = ({ clientX, currentTarget }: PointerEvent<HTMLElement>): number => {
    const { left, width } = currentTarget.getBoundingClientRect();
    return Math.min(last, Math.max(0, Math.floor(((clientX - left) / width) * bars.length)));
  };
  function pressed(event: KeyboardEvent): void {
    if (event.key === 'Enter') choose(anchor, at);
    else if (event.key === 'Escape') setMarked(null);
    else {
      const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
      if (next === undefined) return;
      const bound = Math.min(last, Math.max(0, next));
      setMarked({ at: bound, anchor: event.shiftKey ? anchor : bound });
    }
    event.preventDefault();
  }
  const clock = (ms: number) => format.timeOfDay(new Date(ms).toISOString());
  const [low, high] = [Math.min(anchor, at), Math.max(anchor, at)];
  const span = `${clock(bars[low].fromMs)} to ${clock(bars[high].toMs)}`;
  return (
    <div className="log-histogram">
      <div
        className="log-plot"
        role="slider"
        tabIndex={0}
        aria-label="Lines by time"
        aria-describedby={hint}
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={at}
        aria-valuetext={`${span}: ${low === high ? barText(bars[at], format.figure.count) : `${high - low + 1} bars`}`}
        onKeyDown={pressed}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const bar = barAt(event);
          setDragging(true);
          setMarked({ anchor: bar, at: bar });
        }}
        onPointerMove={(event) => {
          const bar = barAt(event);
          if (dragging) setMarked({ anchor, at: bar });
          event.currentTarget.title = `${clock(bars[bar].fromMs)}: ${barText(bars[bar], format.figure.count)}`;
        }}
        onPointerUp={(event) => {
          if (!dragging) return;
          setDragging(false);
          choose(anchor, barAt(event));
        }}
        onPointerCancel={() => {
          setDragging(false);
          setMarked(null);
        }}
        onBlur={() => setMarked(null)}
      >
        <svg viewBox={`0 0 ${bars.length} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {marked && <rect className="marked" x={low} y={0} width={high - low + 1} height={HEIGHT} />}
          {bars.map((bar, i) => (
            <Stack key={bar.fromMs} bar={bar} x={i} scale={HEIGHT / Math.max(1, most)} />
          ))}
        </svg>
      </div>
      <div className="log-times" aria-hidden="true">
        <span>{clock(bars[0].fromMs)}</span>
        <span>{marked ? span : most > 0 && `highest bar ${format.figure.count(most)}`}</span>
        <span>{clock(bars[last].toMs)}</span>
      </div>
      <p id={hint} className="unseen">
        Arrow keys go from bar to bar, with Shift they mark, Enter shows what is marked.
      </p>
    </div>
  );
}

/** One bar, the gravest lines at its foot: there few of them are seen, too. */
function Stack({ bar, x, scale }: { readonly bar: Bar; readonly x: number; readonly scale: number }) {
  let foot = HEIGHT;
  return SHADES.map((shade) => {
    const lines = bar.counts[shade];
    if (lines === 0) return null;
    // At least as much as can be seen, over what is true otherwise.
    const height = Math.min(foot, Math.max(2, lines * scale));
    foot -= height;
    return <rect key={shade} className={shade} x={x + 0.08} y={foot} width={0.84} height={height} />;
  });
}
