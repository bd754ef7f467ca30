import { useCallback } from 'react';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import { LineList } from '../lines/line-list.tsx';
import type { PanelParts } from '../lines/panel-parts.ts';
import type { LogSearch } from '../search/use-log-search.ts';
import type { TailState } from './log-tail.ts';
import { useLogTail } from './use-log-tail.ts';

/** Lines of the log as they come, newest first. */
export function useFollowedLines({ criteria, following }: LogSearch): PanelParts {
  const { tail, state } = useLogTail(criteria, following);
  const { count } = useFormat().figure;
  const { phase, items, paused, waiting, error } = state;
  const read = useCallback(() => tail.pause(true), [tail]);
  return {
    note: noteOf(state, count),
    stale: STALE[phase],
    pending: phase === 'connecting' && items.length === 0,
    error: items.length === 0 ? error : null,
    controls: (
      <button type="button" aria-pressed={paused} onClick={() => tail.pause(!paused)}>
        {paused ? `Go on${waiting > 0 ? ` (${count(waiting)} new)` : ''}` : 'Pause'}
      </button>
    ),
    content: (
      <>
        {phase === 'stopped' && error && (
          <p className="form-problem" role="alert">
            The log is not followed any more: {error.message}
          </p>
        )}
        {items.length === 0 ? (
          <p className="message">No line of the search came yet. It is shown here as soon as one does.</p>
        ) : (
          <LineList label="Lines followed, newest first" items={items} onRead={read} />
        )}
      </>
    ),
  };
}

const STALE: Readonly<Record<TailState['phase'], string | null>> = {
  connecting: null,
  following: null,
  away: 'connection away, trying again',
  stopped: 'not followed',
};

function noteOf({ items, paused, dropped, removed }: TailState, count: (value: number) => string): string {
  const parts = [paused ? 'paused' : 'as they come', `${count(items.length)} shown`];
  if (removed > 0) parts.push(`${count(removed)} older ones removed`);
  if (dropped > 0) parts.push(`${count(dropped)} not received`);
  return parts.join('; ');
}
