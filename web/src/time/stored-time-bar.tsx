import type { ReplayState } from '@deltastream/client';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ActionButton } from '../form/action-button.tsx';
import { useKey } from '../keys/keys.tsx';
import { useAddress } from '../market/address/use-address.ts';
import { useConnectionState, useMarketStatus } from '../market/status/use-market-status.ts';
import { useMarketView } from '../market/view/market-view.tsx';
import { isMissed, type Left, listedAt } from '../market/view/not-here.ts';
import { useFormat } from '../preferences/use-preferences.tsx';
import { DayField } from './day-field.tsx';
import { DaySlider } from './day-slider.tsx';
import { addDays, startOfDate } from './exchange-day.ts';
import { PlayControls } from './play-controls.tsx';
import { ReplayNote } from './replay/replay-note.tsx';
import { useShownReplay } from './replay/use-replay.ts';
import { usePlaying } from './use-playing.ts';
import { useDaySnapshots, useStep } from './use-snapshots.ts';

interface StoredTimeBarProps {
  /** A replay that failed since the page was opened. */
  readonly failed: ReplayState | null;
  /** Asks what is to be replayed to everyone. */
  readonly onAsk: () => void;
}

/** Live, or the instant that every panel shows: dragged, stepped by snapshot, or played from the store. */
export function StoredTimeBar({ failed, onAsk }: StoredTimeBarProps) {
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
  const playback = usePlaying(at, day, move);
  const { playing, setPlaying, speed } = playback;
  const replay = useShownReplay();
  const isRecording = useMarketStatus()?.feed?.source === 'replay';

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
    // What is live, or at its end, begins with the day.
    if (!playing && day?.first && (at === null || at === day.last)) move(day.first);
    setPlaying(!playing);
  };
  const goLive = () => {
    find.reset();
    setPlaying(false);
    move(null);
  };
  // The last snapshot of a date, so that another day begins with figures.
  const goToDate = (date: string) => moveTo(() => step(startOfDate(addDays(date, 1), zone), -1));
  // The feed may itself play a recording: its newest is not now.
  const connected = useConnectionState() === 'connected';
  const newest = !connected ? 'not connected' : isRecording ? 'newest of the recording' : 'now';
  const expiryAt = expiries.find((each) => each.expiry === expiry)?.last_timestamp ?? null;

  useKey('l', 'Back to live', goLive);

  return (
    <section className={at === null ? 'time-bar' : 'time-bar as-of'} aria-label="Time">
      <button type="button" className="live" aria-pressed={at === null} onClick={goLive}>
        {isRecording || replay ? 'REPLAY' : 'LIVE'}
      </button>
      <DayField date={day?.date ?? ''} onDay={goToDate} />
      <ActionButton disabled={!day?.first} onClick={() => day?.first && move(day.first)}>
        Open
      </ActionButton>
      <PlayControls playback={playback} play={play} stepBy={stepBy} />
      {day?.first && day.last && shown && (
        <DaySlider
          first={day.first}
          last={day.last}
          shown={shown}
          text={format.instant(shown)}
          onMove={move}
        />
      )}
      <ActionButton disabled={!day?.last} onClick={() => day?.last && move(day.last)}>
        Close
      </ActionButton>
      <ActionButton disabled={!expiryAt} onClick={() => expiryAt && move(expiryAt)}>
        Expiry
      </ActionButton>
      <span className="shown-at">
        {at === null ? (
          newest
        ) : (
          <>
            {playing ? `Replay ${speed}x, ` : 'As of '}
            <time dateTime={at}>{format.instant(at)}</time>
          </>
        )}
      </span>
      {left !== null && isMissed(left, address, product?.product ?? null, expiries) && (
        <span className="flag" role="status">
          {format.expiry(left.expiry)} is not listed {at === null ? 'any more' : 'at this instant'}
          {expiry !== null && `; ${format.expiry(expiry)} is shown`}
        </span>
      )}
      <ReplayNote failed={failed} onAsk={onAsk} />
      {find.error && (
        <span className="flag" role="alert">
          snapshot not read: {find.error.message}
        </span>
      )}
    </section>
  );
}
