import { type ReactNode, useEffect, useRef, useState } from 'react';

/** So far outside the screen a part has its rows, that scrolling meets figures and no gaps. */
const MARGIN = '400px';
/** A row before one was measured. */
const ROW_PX = 24.5;

interface StrikePartProps {
  readonly count: number;
  /** Cells of a row. */
  readonly cells: number;
  /** Near the top, where the reader begins. */
  readonly first: boolean;
  readonly children: ReactNode;
}

/**
 * Some rows of a long chain. While they are off the screen their place is kept and they are not in the page, so that a
 * snapshot costs what is seen of it, however many strikes there are.
 */
export function StrikePart({ count, cells, first, children }: StrikePartProps) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [place, setPlace] = useState({ seen: first, height: count * ROW_PX });

  useEffect(() => {
    if (!body.current) return;
    // The observer tells the height too: reading it from the element would force a layout.
    const observer = new IntersectionObserver(
      (entries) => {
        const last = entries.at(-1);
        if (last) setPlace({ seen: last.isIntersecting, height: last.boundingClientRect.height });
      },
      { rootMargin: MARGIN, scrollMargin: MARGIN } as IntersectionObserverInit,
    );
    observer.observe(body.current);
    return () => observer.disconnect();
  }, []);

  return (
    <tbody ref={body}>
      {place.seen ? (
        children
      ) : (
        // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row is not focusable.
        <tr aria-hidden="true">
          <td colSpan={cells} style={{ height: place.height }} />
        </tr>
      )}
    </tbody>
  );
}
