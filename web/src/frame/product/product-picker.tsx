import './product-picker.css';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useKey } from '../../keys/keys.tsx';
import { useAddress } from '../../market/address/use-address.ts';
import { useMarketView } from '../../market/view/market-view.tsx';
import { findProducts, recentProducts } from '../../market/view/recent-products.ts';

/** The product that is shown, and another one by typing a part of its symbol or name; recent ones come first. */
export function ProductPicker() {
  const { products, product } = useMarketView();
  const [, change] = useAddress();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  /** What was typed; null while the list is closed. */
  const [typed, setTyped] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const open = typed !== null;
  const found = useMemo(
    () => (typed === null ? [] : findProducts(products, typed, recentProducts())),
    [products, typed],
  );
  const listed = open && found.length > 0;
  const current = Math.min(active, found.length - 1);
  const optionId = (at: number) => `${id}-${at}`;

  useKey('/', 'Choose a product', () => field.current?.focus());
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (open) list.current?.children[current]?.scrollIntoView({ block: 'nearest' });
  }, [open, current]);

  function show(text: string): void {
    setTyped(text);
    setActive(0);
  }
  function choose(symbol: string | undefined): void {
    setTyped(null);
    if (symbol !== undefined && symbol !== product?.product) change({ product: symbol, expiry: null });
  }
  function pressed(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      if (open) setActive(Math.max(0, Math.min(current + step, found.length - 1)));
      else show('');
    } else if (event.key === 'Enter' && open) {
      choose(found[current]?.product);
      field.current?.select();
    } else if (event.key === 'Escape') {
      setTyped(null);
    }
  }

  return (
    <div className="product-picker">
      <label htmlFor={id} className="unseen">
        Product
      </label>
      <input
        ref={field}
        id={id}
        role="combobox"
        autoComplete="off"
        spellCheck={false}
        aria-autocomplete="list"
        aria-expanded={listed}
        aria-controls={`${id}-list`}
        aria-activedescendant={listed ? optionId(current) : undefined}
        title="Type to find a product (/)"
        value={typed || (open ? '' : (product?.product ?? ''))}
        placeholder={product?.product ?? 'Product'}
        onFocus={({ target }) => target.select()}
        onClick={() => !open && show('')}
        onChange={({ target }) => show(target.value)}
        onKeyDown={pressed}
        onBlur={() => setTyped(null)}
      />
      <div ref={list} id={`${id}-list`} role="listbox" aria-label="Choices" hidden={!listed}>
        {found.map((each, at) => (
          // biome-ignore lint/a11y/useFocusableInteractive: as above.
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys.
          <div
            key={each.product}
            id={optionId(at)}
            role="option"
            aria-selected={at === current}
            // The field would lose the focus, and the list with it, before the click.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(each.product)}
          >
            <strong>{each.product}</strong> <span>{each.name === each.product ? '' : each.name}</span>{' '}
            <small>{each.exchange}</small>
          </div>
        ))}
      </div>
      {open && found.length === 0 && (
        <p className="no-product" role="status">
          No product is called so.
        </p>
      )}
    </div>
  );
}
