import { createContext, type RefObject, use, useEffect, useState, useSyncExternalStore } from 'react';

/** How much a screen, or the place of a panel, has room for; style sheets use the same two widths of the screen. */
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

const PlaceWidthContext = createContext<PlaceWidth | null>(null);
export const PlaceWidthProvider = PlaceWidthContext;

/** Of the panel around: that of its place where the reader arranged it, else that of the screen. */
export function usePlaceWidth(): PlaceWidth {
  const screen = useScreenWidth();
  return use(PlaceWidthContext) ?? screen;
}

/** Below these many pixels a place is not `wide`, and is `narrow`; a page of a screen has so much beside its rail. */
const LEAST_PX = { wide: 760, medium: 500 };

/** Of an element; null until it has a size. */
export function useWidthOf(element: RefObject<Element | null>): PlaceWidth | null {
  const [width, setWidth] = useState<PlaceWidth | null>(null);
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver((entries) => {
      const pixels = entries.at(-1)?.contentRect.width ?? 0;
      // A tab that is not seen has none; what it had stays.
      if (pixels > 0)
        setWidth(pixels >= LEAST_PX.wide ? 'wide' : pixels >= LEAST_PX.medium ? 'medium' : 'narrow');
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
