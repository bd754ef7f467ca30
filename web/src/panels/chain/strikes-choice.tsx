import type { ReactNode } from 'react';
import { useAddressParameter } from '../../market/address/use-address.ts';
import { STRIKE_CHOICES } from './chain-window.ts';

const DEFAULT_STRIKES = '20';

/** How many strikes each side of the money are shown, on every panel with strikes; 0 is all. */
export function useStrikesChoice(): { readonly around: number; readonly control: ReactNode } {
  const [given, choose] = useAddressParameter('strikes', DEFAULT_STRIKES);
  // A number that is not one of the choices is the default.
  const around = STRIKE_CHOICES.find((each) => String(each) === given) ?? Number(DEFAULT_STRIKES);
  const control = (
    <label>
      Strikes{' '}
      <select value={around} onChange={({ target }) => choose(target.value)}>
        {STRIKE_CHOICES.map((each) => (
          <option key={each} value={each}>
            {each === 0 ? 'all' : `±${each}`}
          </option>
        ))}
      </select>
    </label>
  );
  return { around, control };
}
