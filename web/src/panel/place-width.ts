import { useSyncExternalStore } from 'react';

/** How much a screen has room for; style sheets use the same two widths. */
export type PlaceWidth = 'narrow' | 'medium' | 'wide';

const WIDE = '(min-width: 901px)';
const MEDIUM = '(min-width: 561px)';

export function useScreenWidth(): PlaceWidth {
  return useSyncExternalStore(onChange, currentWidth);
}

function currentWidth(): PlaceWidth {
  if (matchMedia(WIDE).matches) return 'wide';
  return matchMedia(MEDIUM).matches ? 'medium' : 'narrow';
}

function onChange(changed: () => void): () => void {
  const queries = [matchMedia(WIDE), matchMedia(MEDIUM)];
  for (const query of queries) query.addEventListener('change', changed);
  return () => {
    for (const query of queries) query.removeEventListener('change', changed);
  };
}
