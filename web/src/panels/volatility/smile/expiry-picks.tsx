import '../volatility.css';
import { useMemo } from 'react';
import { ActionButton } from '../../../form/action-button.tsx';
import { useAddressParameter } from '../../../market/address/use-address.ts';
import { useMarketView } from '../../../market/view/market-view.tsx';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import { MAX_PICKS, picksOf, togglePick } from './picks.ts';

/** Which expiries are drawn, kept in the address: some of those listed; the one that is shown unless chosen otherwise. */
export function useExpiryPicks() {
  const { expiries, expiry } = useMarketView();
  const format = useFormat();
  const [text, choose] = useAddressParameter('smiles', '');
  const picks = useMemo(
    () =>
      picksOf(
        text,
        expiries.map((each) => each.expiry),
        expiry,
      ),
    [text, expiries, expiry],
  );
  const buttons = (
    <fieldset className="expiry-picks">
      <legend className="unseen">Expiries of the smile, at most {MAX_PICKS}</legend>
      {expiries.map(({ expiry: each }) => (
        <ActionButton
          key={each}
          aria-pressed={picks.includes(each)}
          disabled={!picks.includes(each) && picks.length >= MAX_PICKS}
          onClick={() => choose(togglePick(picks, each).join(','))}
        >
          {format.expiry(each)}
        </ActionButton>
      ))}
    </fieldset>
  );
  return { picks, buttons };
}
