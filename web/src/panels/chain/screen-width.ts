import { useSyncExternalStore } from 'react';

/** How much a screen has room for; the style sheet uses the same two widths. */
export type ScreenWidth = 'narrow' | 'medium' | 'wide';

const WIDE = '(min-width: 901px)';
const MEDIUM = '(min-width: 561px)';

export function useScreenWidth(): ScreenWidth {
  return useSyncExternalStore(onChange, currentWidth);
}

function currentWidth(): ScreenWidth {
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
