import './time-bar.css';
import { useMutation } from '@tanstack/react-query';
import { Pause, Play, StepBack, StepForward } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { ActionButton } from '../form/action-button.tsx';
import { useKey } from '../keys/keys.tsx';
import { useMarketView } from '../market/market-view.tsx';
import { isMissed, type Left, listedAt } from '../market/not-here.ts';
import { useAddress } from '../market/use-address.ts';
import { useFormat } from '../preferences/use-preferences.tsx';
import { addDays, startOfDate } from './exchange-day.ts';
import { SPEEDS, type Speed, usePlaying } from './use-playing.ts';
import { useDaySnapshots, useStep } from './use-snapshots.ts';

/** A drag moves the dashboard at most this often. */
const DRAG_MS = 150;

/** Live, or the instant that every panel shows: dragged, stepped by snapshot, or played from the store. */
export function TimeBar() {
  const [address, change] = useAddress();
  const { at, product, expiries, stored, expiry } = useMarketView();
  const format = useFormat();
  const day = useDaySnapshots();
  const step = useStep();
  const [left, setLeft] = useState<Left | null>(null);
  // To an instant at which the expiry is not listed it does not go along.
  const move = (next: string | null) => {
    const stays = expiry === null || listedAt(stored, next).some((each) => each.expiry === expiry);
    if (!stays && product !== null && address.expiry !== null)
      setLeft({ product: product.product, expiry: address.expiry });
    change({ at: next, ...(!stays && { expiry: null }) });
  };
  const { playing, setPlaying, speed, setSpeed } = usePlaying(at, day?.last ?? null, move);

  const zone = product?.time_zone ?? 'UTC';
  const shown = at ?? day?.last ?? null;
  const find = useMutation({ mutationFn: (snapshot: () => Promise<string | null>) => snapshot() });
  // One at a time: a step is from what is shown, which is not there until the one before has come.
  const moveTo = (snapshot: () => Promise<string | null>) => {
    if (!find.isPending) find.mutate(snapshot, { onSuccess: (next) => next !== null && move(next) });
  };
  const stepBy = (direction: 1 | -1) => shown !== null && moveTo(() => step(shown, direction));
  const play = () => {
    if (at === null && !day?.first) return;
    if (at === null) move(day?.first ?? null);
    setPlaying(!playing);
  };
  const goLive = () => {
    find.reset();
    setPlaying(false);
    move(null);
  };
  // The last snapshot of a date, so that another day begins with figures.
  const goToDate = (date: string) => moveTo(() => step(startOfDate(addDays(date, 1), zone), -1));
  const expiryAt = expiries.find((each) => each.expiry === expiry)?.last_timestamp ?? null;

  useKey('l', 'Back to live', goLive);
  useKey(',', 'One snapshot back', () => stepBy(-1));
  useKey('.', 'One snapshot forward', () => stepBy(1));
  useKey('p', 'Play or pause', play);

  return (
    <section className={at === null ? 'time-bar' : 'time-bar as-of'} aria-label="Time">
      <button type="button" className="live" aria-pressed={at === null} onClick={goLive}>
        LIVE
      </button>
      <DayField date={day?.date ?? ''} onDay={goToDate} />
      <ActionButton disabled={!day?.first} onClick={() => day?.first && move(day.first)}>
        Open
      </ActionButton>
      <button
        type="button"
        className="icon"
        aria-label="One snapshot back"
        title="One snapshot back (,)"
        onClick={() => stepBy(-1)}
      >
        <StepBack aria-hidden size={16} />
      </button>
      <button
        type="button"
        className="icon"
        aria-label={playing ? 'Pause' : 'Play'}
        title={playing ? 'Pause (p)' : 'Play (p)'}
        onClick={play}
      >
        {playing ? <Pause aria-hidden size={16} /> : <Play aria-hidden size={16} />}
      </button>
      <button
        type="button"
        className="icon"
        aria-label="One snapshot forward"
        title="One snapshot forward (.)"
        onClick={() => stepBy(1)}
      >
        <StepForward aria-hidden size={16} />
      </button>
      <select
        aria-label="Speed"
        value={speed}
        onChange={({ target }) => setSpeed(Number(target.value) as Speed)}
      >
        {SPEEDS.map((each) => (
          <option key={each} value={each}>
            {each}x
          </option>
        ))}
      </select>
      {day?.first && day.last && shown && (
        <Slider first={day.first} last={day.last} shown={shown} text={format.instant(shown)} onMove={move} />
      )}
      <ActionButton disabled={!day?.last} onClick={() => day?.last && move(day.last)}>
        Close
      </ActionButton>
      <ActionButton disabled={!expiryAt} onClick={() => expiryAt && move(expiryAt)}>
        Expiry
      </ActionButton>
      <span className="shown-at">
        {at === null ? 'now' : <time dateTime={at}>{format.instant(at)}</time>}
      </span>
      {left !== null && isMissed(left, address, product?.product ?? null, expiries) && (
        <span className="flag" role="status">
          {format.expiry(left.expiry)} is not listed {at === null ? 'any more' : 'at this instant'}
          {expiry !== null && `; ${format.expiry(expiry)} is shown`}
        </span>
      )}
      {find.error && (
        <span className="flag" role="alert">
          snapshot not read: {find.error.message}
        </span>
      )}
    </section>
  );
}

interface DayFieldProps {
  /** `2026-11-27`; empty until it is known. */
  readonly date: string;
  readonly onDay: (date: string) => void;
}

/** Goes to a day once it is typed completely, by Enter or by leaving the field: a year half typed is another year. */
function DayField({ date, onDay }: DayFieldProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const commit = () => {
    if (typed && typed !== date) onDay(typed);
    setTyped(null);
  };
  return (
    <input
      type="date"
      aria-label="Day"
      value={typed ?? date}
      onChange={({ target }) => setTyped(target.value)}
      onBlur={commit}
      onKeyDown={({ key }) => key === 'Enter' && commit()}
    />
  );
}

interface SliderProps {
  readonly first: string;
  readonly last: string;
  readonly shown: string;
  /** The instant as a reader is told it. */
  readonly text: string;
  readonly onMove: (at: string) => void;
}

/** The day from its first to its last snapshot. While dragged it moves by itself, the dashboard after it. */
function Slider({ first, last, shown, text, onMove }: SliderProps) {
  const [dragged, setDragged] = useState<number | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const newest = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);

  function drag(instant: number): void {
    newest.current = instant;
    setDragged(instant);
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      onMove(new Date(newest.current).toISOString());
      setDragged(null);
    }, DRAG_MS);
  }

  return (
    <input
      type="range"
      className="day-range"
      aria-label="Instant within the day"
      aria-valuetext={text}
      min={Date.parse(first)}
      max={Date.parse(last)}
      step={1_000}
      value={dragged ?? Date.parse(shown)}
      onChange={({ target }) => drag(Number(target.value))}
    />
  );
}
