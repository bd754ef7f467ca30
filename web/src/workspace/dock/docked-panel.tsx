import type {
  IDockviewHeaderActionsProps,
  IDockviewPanelHeaderProps,
  IDockviewPanelProps,
} from 'dockview-react';
import { Ellipsis, Maximize2, Minimize2, X } from 'lucide-react';
import { createContext, use, useCallback, useRef, useState, useSyncExternalStore } from 'react';
import { MenuButton } from '../../form/menu-button.tsx';
import { PANELS } from '../../pages/panels.ts';
import { PlacedPanel, useMayUse } from '../../pages/placed-panel.tsx';
import { PlaceWidthProvider, useWidthOf } from '../../panel/place-width.ts';
import type { Layout } from '../layout/layout.ts';
import { canPin, knownPanel, titleOf } from '../panel-names.ts';
import { actionsOf, type DockAction, keysText } from './dock-actions.ts';

interface Docked {
  readonly layout: Layout;
  readonly act: (action: DockAction) => void;
  /** Asks what a panel is to be pinned to. */
  readonly askPin: (panel: string) => void;
}

/** What the parts that dockview places take from the dock around them. */
export const DockContext = createContext<Docked | null>(null);

/** The text of a tab; dockview gives the tab its role and its keys. */
export function Tab({ api }: IDockviewPanelHeaderProps) {
  return <span>{api.title}</span>;
}

/** A panel within its tabs: while another tab is seen, or another group has all the room, it follows nothing. */
export function DockedPanel({ api }: IDockviewPanelProps) {
  const mayUse = useMayUse();
  const subscribe = useCallback(
    (changed: () => void) => {
      const { dispose } = api.onDidVisibilityChange(changed);
      return () => dispose();
    },
    [api],
  );
  const shown = useSyncExternalStore(subscribe, () => api.isVisible);
  // A tab that was never seen is not even loaded.
  const [seen, setSeen] = useState(shown);
  if (shown && !seen) setSeen(true);
  const place = useRef<HTMLDivElement>(null);
  const width = useWidthOf(place);
  const panel = knownPanel(api.id);
  if (panel === null) return null;
  const { needs, title } = PANELS[panel.name];
  return (
    <div ref={place} className="docked">
      <PlaceWidthProvider value={width}>
        {mayUse(needs) ? (
          seen && <PlacedPanel {...panel} className="docked-panel" shown={shown} />
        ) : (
          <p className="message">
            {title}: {needs === 'admin' ? 'for the role admin only' : 'shown after a login'}.
          </p>
        )}
      </PlaceWidthProvider>
    </div>
  );
}

/** What can be done with the panel that is seen of a group: all by the menu, the most frequent beside it. */
export function PanelActions({ activePanel, containerApi, group }: IDockviewHeaderActionsProps) {
  const docked = use(DockContext);
  const subscribe = useCallback(
    (changed: () => void) => {
      const { dispose } = containerApi.onDidMaximizedGroupChange(changed);
      return () => dispose();
    },
    [containerApi],
  );
  const isMaximised = useSyncExternalStore(subscribe, () => group.api.isMaximized());
  if (docked === null || activePanel === undefined) return null;
  const { layout, act, askPin } = docked;
  const title = titleOf(activePanel.id);
  const actions = actionsOf(layout, activePanel.id, titleOf);
  const size = isMaximised ? 'Restore' : 'Maximise';
  const setSize = () => (isMaximised ? group.api.exitMaximized() : group.api.maximize());
  const panel = knownPanel(activePanel.id);
  return (
    <div className="dock-actions">
      <MenuButton
        label={`Arrange ${title}`}
        className="icon arrange"
        items={[
          { text: size, run: setSize },
          ...(panel !== null && canPin(panel.name)
            ? [{ text: 'Pin to a product…', separate: true, run: () => askPin(activePanel.id) }]
            : []),
          ...actions.map((action, i) => ({
            text: action.text,
            keys: keysText(action),
            separate: action.separate || i === 0,
            disabled: action.next === layout,
            run: () => act(action),
          })),
        ]}
      >
        <Ellipsis aria-hidden size={16} />
      </MenuButton>
      <button
        type="button"
        className="icon"
        aria-label={`${size} ${title}`}
        title={size}
        aria-pressed={isMaximised}
        onClick={setSize}
      >
        {isMaximised ? <Minimize2 aria-hidden size={14} /> : <Maximize2 aria-hidden size={14} />}
      </button>
      <button
        type="button"
        className="icon"
        aria-label={`Close ${title}`}
        title="Close"
        onClick={() => act(actions[actions.length - 1])}
      >
        <X aria-hidden size={16} />
      </button>
    </div>
  );
}
