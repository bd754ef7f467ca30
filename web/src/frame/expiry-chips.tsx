import { useEffect, useRef } from 'react';
import { useAddress } from '../market/address/use-address.ts';
import { useMarketView } from '../market/view/market-view.tsx';
import { useFormat } from '../preferences/use-preferences.tsx';
import { daysBetween } from '../time/exchange-day.ts';

/** The expiries that are listed at the instant shown, each with the days that are left of it. */
export function ExpiryChips() {
  const { product, expiries, expiry, storedAt } = useMarketView();
  const [, change] = useAddress();
  const format = useFormat();
  const pressed = useRef<HTMLButtonElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is another button for another expiry.
  useEffect(() => {
    pressed.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [expiry]);

  const latest = Math.max(...expiries.map(({ last_timestamp }) => Date.parse(last_timestamp)));
  const shown = storedAt ?? (expiries.length > 0 ? new Date(latest).toISOString() : null);
  const zone = product?.time_zone ?? 'UTC';
  return (
    <fieldset className="chips">
      <legend className="unseen">Expiry</legend>
      {expiries.map((each) => (
        <button
          key={each.expiry}
          ref={each.expiry === expiry ? pressed : undefined}
          type="button"
          aria-pressed={each.expiry === expiry}
          onClick={() => change({ expiry: each.expiry })}
        >
          {format.expiry(each.expiry)}{' '}
          {shown && <small>{daysLeft(daysBetween(shown, each.expiry_at, zone))}</small>}
        </button>
      ))}
    </fieldset>
  );
}

function daysLeft(days: number): string {
  if (days < 0) return 'over';
  if (days === 0) return 'today';
  return `${days} d`;
}
