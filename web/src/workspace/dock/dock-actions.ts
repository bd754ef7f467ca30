import { closePanel, joinTabs, movePanel, resizePanel, shiftTab } from '../layout/arrange.ts';
import { groupOf, groupsOf, type Layout } from '../layout/layout.ts';

/** Something that a reader can do with a panel. */
export interface DockAction {
  readonly text: string;
  /** The keys that do the same while the panel's tab has the focus. */
  readonly keys?: Keys;
  /** It begins another kind of action. */
  readonly separate?: boolean;
  /** The layout afterwards; the one before where there is nothing to do. */
  readonly next: Layout;
  /** What was done, in a sentence. */
  readonly said: string;
  /** The panel whose tab has the focus afterwards; undefined where no panel is left. */
  readonly focused?: string;
}

/** As `KeyboardEvent.key`. */
interface Keys {
  readonly with?: 'Shift' | 'Ctrl';
  readonly key: string;
}

/** Of a step by keys or by the menu, in percent. */
const STEP = 5;

const MOVES = [
  { side: 'left', text: 'Move left', key: 'ArrowLeft' },
  { side: 'right', text: 'Move right', key: 'ArrowRight' },
  { side: 'above', text: 'Move up', key: 'ArrowUp' },
  { side: 'below', text: 'Move down', key: 'ArrowDown' },
] as const;
const SIZES = [
  { direction: 'row', by: -STEP, text: 'Narrower', key: 'ArrowLeft' },
  { direction: 'row', by: STEP, text: 'Wider', key: 'ArrowRight' },
  { direction: 'column', by: -STEP, text: 'Lower', key: 'ArrowUp' },
  { direction: 'column', by: STEP, text: 'Taller', key: 'ArrowDown' },
] as const;
const SHIFTS = [
  { by: -1, text: 'Tab to the left' },
  { by: 1, text: 'Tab to the right' },
] as const;

/** Everything that can be done with a panel, whatever a mouse could do. */
export function actionsOf(
  layout: Layout,
  panel: string,
  titleOf: (panel: string) => string,
): readonly DockAction[] {
  const title = titleOf(panel);
  const own = groupOf(layout, panel);
  const others = groupsOf(layout).filter((group) => group !== own);
  const closed = closePanel(layout, panel);
  const left = own?.tabs.find((tab) => tab !== panel);
  return [
    ...MOVES.map(({ side, text, key }): DockAction => {
      const next = movePanel(layout, panel, side);
      const said = `${title}: ${text.replace('Move', 'moved')}.`;
      return { text, keys: { with: 'Shift', key }, next, said, focused: panel };
    }),
    ...SHIFTS.filter(() => left !== undefined).map(({ by, text }): DockAction => {
      return { text, next: shiftTab(layout, panel, by), said: `${title}: ${text}.`, focused: panel };
    }),
    ...others.map(({ active }, i): DockAction => {
      const text = `As a tab beside ${titleOf(active)}`;
      const next = joinTabs(layout, panel, active);
      return {
        text,
        separate: i === 0,
        next,
        said: `${title}: a tab beside ${titleOf(active)}.`,
        focused: panel,
      };
    }),
    ...SIZES.map(({ direction, by, text, key }, i): DockAction => {
      const next = resizePanel(layout, panel, direction, by);
      const said = `${title}: ${text.toLowerCase()}.`;
      return { text, keys: { with: 'Ctrl', key }, separate: i === 0, next, said, focused: panel };
    }),
    {
      text: 'Close',
      keys: { key: 'Delete' },
      separate: true,
      next: closed,
      said: `${title}: closed.`,
      focused: (left && groupOf(closed, left)?.active) ?? groupsOf(closed)[0]?.active,
    },
  ];
}

interface Pressed {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  /** The key is being held. */
  readonly repeat: boolean;
}

/** Whether these are the keys of an action. Held, they move and resize on, but close no more than one panel. */
export function isPressed({ keys }: DockAction, event: Pressed): boolean {
  if (keys === undefined || event.altKey || event.metaKey) return false;
  const key = event.key === 'Backspace' ? 'Delete' : event.key;
  if (event.repeat && key === 'Delete') return false;
  return (
    key === keys.key && event.shiftKey === (keys.with === 'Shift') && event.ctrlKey === (keys.with === 'Ctrl')
  );
}

/** Keys as a menu says them. */
export function keysText({ keys }: DockAction): string | undefined {
  if (keys === undefined) return undefined;
  const arrows: Readonly<Record<string, string>> = {
    ArrowLeft: '←',
    ArrowRight: '→',
    ArrowUp: '↑',
    ArrowDown: '↓',
  };
  return [keys.with, arrows[keys.key] ?? keys.key].filter(Boolean).join(' ');
}
