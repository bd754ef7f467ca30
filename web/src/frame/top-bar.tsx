import './top-bar.css';
import { SunMoon } from 'lucide-react';
import { useChain } from '../market/figures/use-chain.ts';
import { useMarketView } from '../market/view/market-view.tsx';
import type { Preferences } from '../preferences/preferences.ts';
import { usePreferences } from '../preferences/use-preferences.tsx';
import { AccountMenu } from './account-menu.tsx';
import { ExpiryChips } from './expiry-chips.tsx';
import { HeadFigures } from './head-figures.tsx';
import { PriceLine } from './price-line.tsx';
import { ProductPicker } from './product/product-picker.tsx';
import { DataFacts } from './status/data-facts.tsx';
import { DataLabel } from './status/data-status.tsx';

/** Product, expiry, price and the figures that matter most, and whether they come. */
export function TopBar() {
  const { preferences, change: changePreferences } = usePreferences();
  return (
    <header className="top-bar">
      <h1>DeltaStream</h1>
      <ProductPicker />
      <ShownFigures />
      <button
        type="button"
        className="icon"
        aria-label={`Theme: ${preferences.theme}`}
        title={`Theme: ${preferences.theme}`}
        onClick={() => changePreferences({ theme: nextTheme(preferences.theme) })}
      >
        <SunMoon aria-hidden size={16} />
      </button>
      <AccountMenu />
      <DataLabel />
      <ExpiryChips />
      <ShownFacts />
    </header>
  );
}

/** Apart from the rest of the bar, because they change with every snapshot. */
function ShownFigures() {
  const { product } = useMarketView();
  const { chain, stale } = useChain();
  return (
    <>
      {product ? <PriceLine key={product.product} product={product} /> : <p className="price-line" />}
      <HeadFigures chain={chain} stale={stale} />
    </>
  );
}

function ShownFacts() {
  const { chain, stale } = useChain();
  return <DataFacts chain={chain} stale={stale} />;
}

const nextTheme = (theme: Preferences['theme']): Preferences['theme'] =>
  theme === 'system' ? 'light' : theme === 'light' ? 'dark' : 'system';
