import { createContext, type ReactNode, type RefObject, use, useEffect, useState } from 'react';

const VisibleContext = createContext(true);

export function PanelVisible({
  visible,
  children,
}: {
  readonly visible: boolean;
  readonly children: ReactNode;
}) {
  return <VisibleContext value={visible}>{children}</VisibleContext>;
}

/** Whether the panel around is on the screen; outside of panels always true. */
export const usePanelVisible = (): boolean => use(VisibleContext);

/** How far outside the screen a panel already counts as seen, so that scrolling meets figures and no gaps. */
const MARGIN = '200px';

export function useOnScreen(element: RefObject<Element | null>): boolean {
  const [onScreen, setOnScreen] = useState(true);
  useEffect(() => {
    if (!element.current) return;
    const observer = new IntersectionObserver(
      // The last one: a panel that was passed quickly is reported as come and gone at once.
      (entries) => setOnScreen(entries.at(-1)?.isIntersecting ?? true),
      { rootMargin: MARGIN },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return onScreen;
}
