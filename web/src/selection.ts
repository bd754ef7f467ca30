import { useCallback, useState } from 'react';

export interface Selection {
  readonly product: string | null;
  readonly expiry: string | null;
}

/** What is looked at, kept in the address so that a reload or a bookmark shows the same. */
export function useSelection(): [Selection, (selection: Selection) => void] {
  const [selection, setSelection] = useState<Selection>(readAddress);
  const select = useCallback((next: Selection) => {
    setSelection(next);
    const query = new URLSearchParams();
    if (next.product) query.set('product', next.product);
    if (next.expiry) query.set('expiry', next.expiry);
    history.replaceState(null, '', `?${query}`);
  }, []);
  return [selection, select];
}

function readAddress(): Selection {
  const query = new URLSearchParams(location.search);
  return { product: query.get('product'), expiry: query.get('expiry') };
}
