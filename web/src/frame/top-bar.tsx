import { SunMoon } from 'lucide-react';
import { useId } from 'react';
import { useMarketView } from '../market/market-view.tsx';
import { useAddress } from '../market/use-address.ts';
import { useConnectionState, useMarketStatus } from '../market/use-market-status.ts';
import type { Preferences } from '../preferences/preferences.ts';
import { useFormat, usePreferences } from '../preferences/use-preferences.tsx';
import { PriceLine } from './price-line.tsx';
import { DataLabel } from './status/data-status.tsx';

/** Product, expiry, price, and whether figures come. */
export function TopBar() {
  const { products, product, expiries, expiry } = useMarketView();
  const [, change] = useAddress();
  const format = useFormat();
  const state = useConnectionState();
  const status = useMarketStatus();
  const { preferences, change: changePreferences } = usePreferences();
  const picker = useId();
  return (
    <header className="top-bar">
      <h1>DeltaStream</h1>
      <label htmlFor={picker} className="unseen">
        Product
      </label>
      <select
        id={picker}
        value={product?.product ?? ''}
        onChange={({ target }) => change({ product: target.value, expiry: null })}
      >
        {products.map((each) => (
          <option key={each.product} value={each.product}>
            {each.product}
          </option>
        ))}
      </select>
      {product && <PriceLine key={product.product} product={product} />}
      <fieldset className="chips">
        <legend className="unseen">Expiry</legend>
        {expiries.map((each) => (
          <button
            key={each.expiry}
            type="button"
            aria-pressed={each.expiry === expiry}
            onClick={() => change({ expiry: each.expiry })}
          >
            {format.expiry(each.expiry)}
          </button>
        ))}
      </fieldset>
      <button
        type="button"
        className="icon"
        aria-label={`Theme: ${preferences.theme}`}
        title={`Theme: ${preferences.theme}`}
        onClick={() => changePreferences({ theme: nextTheme(preferences.theme) })}
      >
        <SunMoon aria-hidden size={16} />
      </button>
      <DataLabel state={state} status={status} product={product?.product ?? null} />
    </header>
  );
}

const nextTheme = (theme: Preferences['theme']): Preferences['theme'] =>
  theme === 'system' ? 'light' : theme === 'light' ? 'dark' : 'system';
