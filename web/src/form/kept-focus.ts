import { type RefObject, useEffect } from 'react';

/**
 * While what has the focus is within `place`, `place` takes it where that goes: a row that is deleted, or a form in whose
 * place its outcome stands. A browser would give it to nobody. `place` has `tabIndex={-1}`.
 */
export function useKeptFocus(place: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const within = place.current;
    if (within === null) return;
    let last: Element | null = null;
    const observer = new MutationObserver(() => {
      if (last === null || last.isConnected) return;
      forget();
      // Where something else took it, it is meant to be there.
      if (document.activeElement === document.body) within.focus({ preventScroll: true });
    });
    function forget(): void {
      last = null;
      observer.disconnect();
    }
    function came({ target }: FocusEvent): void {
      last = target as Element;
      observer.observe(within as HTMLElement, { childList: true, subtree: true });
    }
    function left({ target }: FocusEvent): void {
      // A browser says so of an element that goes, too, while it is still there.
      queueMicrotask(() => {
        if (last === target && last?.isConnected) forget();
      });
    }
    within.addEventListener('focusin', came);
    within.addEventListener('focusout', left);
    return () => {
      within.removeEventListener('focusin', came);
      within.removeEventListener('focusout', left);
      forget();
    };
  }, [place]);
}
