import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';
import { type Address, readAddress, writeAddress } from './address.ts';

/** The address and how to change it; a change of the instant replaces the entry of the browser's history. */
export function useAddress(): [Address, (changes: Partial<Address>) => void] {
  const search = useSearch();
  const [path, go] = useLocation();
  const change = useCallback(
    (changes: Partial<Address>) =>
      go(`${path}${writeAddress(location.search, changes)}`, { replace: 'at' in changes }),
    [path, go],
  );
  return [useMemo(() => readAddress(search, Date.now()), [search]), change];
}

/** One setting of a panel that is kept in the address, e.g. the window of an open-interest change. */
export function useAddressParameter(name: string, fallback: string): [string, (value: string) => void] {
  const query = new URLSearchParams(useSearch());
  const [path, go] = useLocation();
  const change = useCallback(
    (value: string) => {
      const changed = new URLSearchParams(location.search);
      if (value === fallback) changed.delete(name);
      else changed.set(name, value);
      const text = changed.toString();
      go(text === '' ? path : `${path}?${text}`, { replace: true });
    },
    [path, go, name, fallback],
  );
  return [query.get(name) ?? fallback, change];
}
