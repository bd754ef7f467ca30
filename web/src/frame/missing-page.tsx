import { Link, useLocation, useSearch } from 'wouter';
import { type Address, writeAddress } from '../market/address/address.ts';
import { useMarketView } from '../market/view/market-view.tsx';
import { type NotHere, notHereText } from '../market/view/not-here.ts';
import { useFormat } from '../preferences/use-preferences.tsx';

/** The address names a product or an expiry that is not here: what is, with the way there. */
export function MissingPage({ missing }: { readonly missing: NotHere }) {
  const { products, expiries, storedAt } = useMarketView();
  const format = useFormat();
  const { what, why } = notHereText(missing, storedAt, format);
  const last = missing.kind === 'expiry' ? missing.last : null;
  return (
    <section className="message" aria-label="Not here">
      <p>
        <strong>{what}</strong> {why}
      </p>
      {last !== null && <Ways label="Its last snapshot" ways={[[format.instant(last), { at: last }]]} />}
      {missing.kind === 'product' ? (
        <Ways
          label="Products that are"
          ways={products.map(({ product }) => [product, { product, expiry: null }])}
        />
      ) : (
        <Ways
          label="Expiries that are"
          ways={expiries.map((each) => [format.expiry(each.expiry), { expiry: each.expiry }])}
        />
      )}
    </section>
  );
}

interface WaysProps {
  readonly label: string;
  readonly ways: readonly (readonly [text: string, changes: Partial<Address>])[];
}

function Ways({ label, ways }: WaysProps) {
  const [path] = useLocation();
  const search = useSearch();
  return (
    <nav className="ways" aria-label={label}>
      {label}:{' '}
      {ways.map(([text, changes]) => (
        <Link key={text} href={`${path}${writeAddress(search, changes)}`}>
          {text}
        </Link>
      ))}
    </nav>
  );
}
