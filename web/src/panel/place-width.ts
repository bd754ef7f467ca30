import { createContext, type RefObject, use, useEffect, useState, useSyncExternalStore } from 'react';

/** How much a screen, or the place of a panel, has room for. */
export type PlaceWidth = 'narrow' | 'medium' | 'wide' | 'full';

/** Widths of the screen, the rail beside the place included; the style sheets have the narrow one, too. */
const SCREENS = [
  ['full', '(min-width: 1271px)'],
  ['wide', '(min-width: 1021px)'],
  ['medium', '(min-width: 561px)'],
] as const;

export function useScreenWidth(): PlaceWidth {
  return useSyncExternalStore(onChange, currentWidth);
}

function currentWidth(): PlaceWidth {
  return SCREENS.find(([, query]) => matchMedia(query).matches)?.[0] ?? 'narrow';
}

function onChange(changed: () => void): () => void {
  const queries = SCREENS.map(([, query]) => matchMedia(query));
  for (const query of queries) query.addEventListener('change', changed);
  return () => {
    for (const query of queries) query.removeEventListener('change', changed);
  };
}

const PlaceWidthContext = createContext<PlaceWidth | null>(null);
export const PlaceWidthProvider = PlaceWidthContext;

/** Of the panel around: that of its place where the reader arranged it, else that of the screen. */
export function usePlaceWidth(): PlaceWidth {
  const screen = useScreenWidth();
  return use(PlaceWidthContext) ?? screen;
}

/** From these many pixels on; a page of a screen has so much beside its rail. Below the last a place is `narrow`. */
const PLACES = [
  ['full', 1_080],
  ['wide', 840],
  ['medium', 500],
] as const;

/** Of an element; null until it has a size. */
export function useWidthOf(element: RefObject<Element | null>): PlaceWidth | null {
  const [width, setWidth] = useState<PlaceWidth | null>(null);
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver((entries) => {
      const pixels = entries.at(-1)?.contentRect.width ?? 0;
      // A tab that is not seen has none; what it had stays.
      if (pixels > 0) setWidth(PLACES.find(([, least]) => pixels >= least)?.[0] ?? 'narrow');
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
