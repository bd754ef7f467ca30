import 'dockview-react/dist/styles/dockview.css';
import './dock.css';
import { type DockviewApi, DockviewReact, type DockviewReadyEvent } from 'dockview-react';
import {
  type KeyboardEvent,
  type MouseEvent,
  type PointerEvent,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { replacePanel } from '../layout/arrange.ts';
import { fromDock, PANEL_COMPONENT, toDock } from '../layout/dock-layout.ts';
import { type Layout, sameArrangement } from '../layout/layout.ts';
import { formatLayout } from '../layout/layout-text.ts';
import { titleOf } from '../panel-names.ts';
import { actionsOf, type DockAction, isPressed } from './dock-actions.ts';
import { DockContext, DockedPanel, PanelActions, Tab } from './docked-panel.tsx';
import { PinDialog } from './pin-dialog.tsx';

/** What a reader did other than with the mouse. */
export type Done = Pick<DockAction, 'said' | 'focused'>;

interface DockProps {
  readonly layout: Layout;
  /** Led to this layout; the tab of its panel takes the focus. Null for what led there otherwise. */
  readonly done: Done | null;
  readonly onArrange: (layout: Layout, done: Done | null) => void;
}

const COMPONENTS = { [PANEL_COMPONENT]: DockedPanel };
const THEME = { name: 'deltastream', className: 'dockview-theme-deltastream', gap: 6 };
/** Before its place is known; shares are of any size. */
const ANY_SIZE = { width: 1_600, height: 1_000 };

/**
 * Draws a layout with dockview, which reports what the mouse did to it. The layout given is the truth: every other way
 * to change it goes through `onArrange`, and comes back as another layout.
 */
export function Dock({ layout, done, onArrange }: DockProps) {
  const dock = useRef<DockviewApi | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const text = formatLayout(layout);
  const shown = useRef(text);
  const focused = useRef<Done | null>(null);
  const now = useRef({ layout, onArrange });
  now.current = { layout, onArrange };

  function load(api: DockviewApi): void {
    const size = api.width > 0 && api.height > 0 ? { width: api.width, height: api.height } : ANY_SIZE;
    api.fromJSON(toDock(now.current.layout, size, titleOf), { reuseExistingPanels: true });
  }

  function report(sizes: boolean): void {
    const api = dock.current;
    // While one group has all the room, the others have no size.
    if (api === null || api.hasMaximizedGroup()) return;
    const next = fromDock(api.toJSON());
    // Small windows have less room than some shares ask for: sizes count where the reader set them.
    if (!sizes && sameArrangement(next, now.current.layout)) return;
    shown.current = formatLayout(next);
    if (shown.current !== formatLayout(now.current.layout)) now.current.onArrange(next, null);
  }

  function ready({ api }: DockviewReadyEvent): void {
    dock.current = api;
    // Each would be a landmark of the name of the panel in it, which is one itself.
    api.onDidAddGroup(({ element }) => element.setAttribute('role', 'group'));
    load(api);
    api.onDidLayoutChange(() => report(false));
  }

  useEffect(() => {
    const api = dock.current;
    if (api === null) return;
    if (shown.current !== text) {
      shown.current = text;
      load(api);
    }
    if (done === focused.current) return;
    focused.current = done;
    if (done?.focused) tabOf(place.current, done.focused)?.focus();
  });

  const act = useCallback((action: DockAction) => onArrange(action.next, action), [onArrange]);
  function pressed(event: KeyboardEvent): void {
    const panel = (event.target as Element).closest<HTMLElement>('.dv-tab')?.dataset.tabPanelId;
    if (panel === undefined) return;
    const action = actionsOf(layout, panel, titleOf).find((each) => isPressed(each, event));
    if (action === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (action.next !== layout) act(action);
  }

  function pointed({ target }: PointerEvent): void {
    if ((target as Element).closest('.dv-sash') === null) return;
    addEventListener('pointerup', () => setTimeout(() => report(true)), { once: true });
  }

  function menuAsked(event: MouseEvent): void {
    const tab = (event.target as Element).closest<HTMLElement>('.dv-tab');
    if (tab === null) return;
    event.preventDefault();
    dock.current?.getPanel(tab.dataset.tabPanelId ?? '')?.api.setActive();
    tab.closest('.dv-groupview')?.querySelector<HTMLElement>('.arrange')?.click();
  }

  const [pinning, setPinning] = useState<string | null>(null);
  function pin(panel: string, by: string): void {
    setPinning(null);
    const next = replacePanel(layout, panel, by);
    if (next !== layout) onArrange(next, { said: `${titleOf(panel)}: is ${titleOf(by)} now.`, focused: by });
  }

  const context = useMemo(() => ({ layout, act, askPin: setPinning }), [layout, act]);
  return (
    <DockContext value={context}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: keys and clicks are those of the tabs within. */}
      <div
        ref={place}
        className="dock"
        onKeyDownCapture={pressed}
        onPointerDownCapture={pointed}
        onContextMenu={menuAsked}
      >
        <DockviewReact
          components={COMPONENTS}
          defaultTabComponent={Tab}
          rightHeaderActionsComponent={PanelActions}
          onReady={ready}
          theme={THEME}
          disableFloatingGroups
          announcements={false}
        />
      </div>
      {pinning !== null && (
        <PinDialog
          panel={pinning}
          layout={layout}
          onPin={(by) => pin(pinning, by)}
          onClose={() => setPinning(null)}
        />
      )}
    </DockContext>
  );
}

const tabOf = (place: HTMLElement | null, panel: string): HTMLElement | null =>
  place?.querySelector(`.dv-tab[data-tab-panel-id="${CSS.escape(panel)}"]`) ?? null;
