import { useAddress } from '../market/use-address.ts';
import { useFormat } from '../preferences/use-preferences.tsx';

/** Live, or the instant that every panel shows. */
export function TimeBar() {
  const [{ at }, change] = useAddress();
  const format = useFormat();
  return (
    <section className="time-bar" aria-label="Time">
      <button type="button" aria-pressed={at === null} onClick={() => change({ at: null })}>
        LIVE
      </button>
      {at !== null && <time dateTime={at}>{format.instant(at)}</time>}
    </section>
  );
}
