import { type RefObject, useLayoutEffect } from 'react';
import { changeOf } from './shown-change.ts';

/** So long a change is seen; the next one ends it earlier. */
const FLASH_MS = 300;

const REDUCED_MOTION = '(prefers-reduced-motion: reduce)';

/**
 * Marks the cells of `body` whose number is read as a greater or a smaller one than before, for a moment: by an
 * attribute of the cells that are there, so that no row is rendered again for it, and with a style that changes nothing
 * but a background. What was shown of another `subject` is no change. Off for readers who want less motion.
 */
export function useFlash(body: RefObject<HTMLElement | null>, subject: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: changes from one subject to another are dropped with the observer.
  useLayoutEffect(() => {
    let marked: HTMLElement[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    function clear(): void {
      clearTimeout(timer);
      for (const cell of marked) delete cell.dataset.changed;
      marked = [];
    }
    // Only texts that are others are reported, once for each snapshot and before it is painted.
    const observer = new MutationObserver((records) => {
      if (matchMedia(REDUCED_MOTION).matches) return;
      clear();
      for (const { target, oldValue } of records) {
        const cell = target.parentElement;
        const change = changeOf(oldValue, target.nodeValue);
        if (cell === null || change === null) continue;
        cell.dataset.changed = change;
        marked.push(cell);
      }
      timer = setTimeout(clear, FLASH_MS);
    });
    if (body.current)
      observer.observe(body.current, { subtree: true, characterData: true, characterDataOldValue: true });
    return () => {
      observer.disconnect();
      clear();
    };
  }, [body, subject]);
}
