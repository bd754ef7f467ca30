import { type ReactNode, useState } from 'react';
import { ActionButton } from '../../form/action-button.tsx';

interface Pages {
  /** Where this page begins; nothing for the first. */
  readonly cursor: string | undefined;
  /** Shown while there is more than one page. */
  buttons(next: string | null): ReactNode;
}

/** Page after page of a list; what the list is `of` begins it anew. */
export function usePages(of: string): Pages {
  const [begun, setBegun] = useState<{ readonly of: string; readonly cursors: readonly string[] }>({
    of,
    cursors: [],
  });
  const cursors = begun.of === of ? begun.cursors : [];
  const go = (next: readonly string[]) => setBegun({ of, cursors: next });
  return {
    cursor: cursors.at(-1),
    buttons: (next) =>
      // Both, as one that goes would lose the focus.
      (cursors.length > 0 || next !== null) && (
        <>
          <ActionButton disabled={cursors.length === 0} onClick={() => go(cursors.slice(0, -1))}>
            Previous page
          </ActionButton>
          <ActionButton disabled={next === null} onClick={() => next !== null && go([...cursors, next])}>
            Next page
          </ActionButton>
        </>
      ),
  };
}
