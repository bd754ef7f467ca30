import './workspace.css';
import { lazy, Suspense, useCallback, useState } from 'react';
import { PANELS } from '../pages/panels.ts';
import { PlacedPanel, useMayUse } from '../pages/placed-panel.tsx';
import { useScreenWidth } from '../panel/place-width.ts';
import { Skeleton } from '../panel/states.tsx';
import { WorkspaceBar } from './bar/workspace-bar.tsx';
import type { Done } from './dock/dock.tsx';
import { type Layout, panelsOf } from './layout/layout.ts';
import { knownPanel } from './panel-names.ts';
import { useWorkspace, type Workspace } from './use-workspace.ts';

/** A chunk of its own: a phone is left without it. */
const Dock = lazy(async () => ({ default: (await import('./dock/dock.tsx')).Dock }));

/** Panels arranged by the reader; on a narrow screen below each other, in their order. */
export function WorkspacePage() {
  const workspace = useWorkspace();
  return workspace === null ? <Skeleton /> : <Shown workspace={workspace} />;
}

function Shown({ workspace }: { readonly workspace: Workspace }) {
  const { layout, notice, arrange } = workspace;
  const narrow = useScreenWidth() === 'narrow';
  const [done, setDone] = useState<Done | null>(null);
  const [drawnNarrow, setDrawnNarrow] = useState(narrow);
  // What was done before must not take the focus in a dock that is drawn because the screen became wide.
  if (drawnNarrow !== narrow) {
    setDrawnNarrow(narrow);
    setDone(null);
  }
  const change = useCallback(
    (next: Layout, how: Done | null) => {
      setDone(how);
      arrange(next);
    },
    [arrange],
  );
  return (
    <div className="workspace">
      <WorkspaceBar workspace={workspace} onArrange={change} />
      {notice && (
        <p className="workspace-notice" role="alert">
          {notice}
        </p>
      )}
      <p className="unseen" role="status" aria-label="Done">
        {done?.said}
      </p>
      {layout === null ? (
        // It takes the focus from the panel that was closed last.
        <p className="message" tabIndex={-1} ref={done ? takeFocus : undefined}>
          No panel is here. “Panels” lists those that can be.
        </p>
      ) : narrow ? (
        <Column layout={layout} />
      ) : (
        <Suspense fallback={<Skeleton />}>
          <Dock layout={layout} onArrange={change} done={done} />
        </Suspense>
      )}
    </div>
  );
}

const takeFocus = (element: HTMLElement | null) => element?.focus();

function Column({ layout }: { readonly layout: Layout }) {
  const mayUse = useMayUse();
  return (
    <div className="panel-grid">
      {panelsOf(layout).map((id) => {
        const panel = knownPanel(id);
        if (panel === null || !mayUse(PANELS[panel.name].needs)) return null;
        return <PlacedPanel key={id} {...panel} className="span-12" />;
      })}
    </div>
  );
}
