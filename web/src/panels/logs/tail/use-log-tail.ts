import { useEffect, useState, useSyncExternalStore } from 'react';
import { usePanelVisible } from '../../../panel/panel-visible.tsx';
import { useServer } from '../../../platform/platform.tsx';
import type { LogSearch } from '../search/use-log-search.ts';
import { createLogTail, type LogTail, type TailState } from './log-tail.ts';

/**
 * Lines as they come while `enabled` and the panel is on the screen; other criteria begin anew, and so does who follows
 * again.
 */
export function useLogTail(
  criteria: LogSearch['criteria'],
  enabled: boolean,
): { readonly tail: LogTail; readonly state: TailState } {
  const { client } = useServer();
  const visible = usePanelVisible();
  const of = enabled ? JSON.stringify(criteria) : null;
  const make = () =>
    createLogTail(
      {
        follow: (signal) => client.events.tailLogs(criteria, { signal }),
        recent: async (limit, signal) => (await client.listLogs({ ...criteria, limit }, { signal })).logs,
      },
      (draw) => requestAnimationFrame(draw),
    );
  const [made, setMade] = useState(() => ({ of, tail: make() }));
  if (made.of !== of) setMade({ of, tail: make() });
  const { tail } = made;
  useEffect(() => {
    if (made.of === null || !visible) return;
    tail.start();
    return () => tail.stop();
  }, [made, tail, visible]);
  return { tail, state: useSyncExternalStore(tail.subscribe, tail.state) };
}
