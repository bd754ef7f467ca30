import './menu.css';
import { Fragment, type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';
import { ActionButton } from './action-button.tsx';
import { placeBelow } from './place-below.ts';

export interface MenuItem {
  readonly text: string;
  /** The keys that do the same, as words. */
  readonly keys?: string;
  readonly disabled?: boolean;
  /** Apart from the items before. */
  readonly separate?: boolean;
  readonly run: () => void;
}

interface MenuButtonProps {
  readonly label: string;
  readonly className?: string;
  readonly items: readonly MenuItem[];
  readonly children: ReactNode;
}

/**
 * A button that opens a menu. Arrow keys, Home and End go through its items, a letter to the next one that begins
 * with it; Escape, Tab and a click beside it close it. What an item runs decides where the focus goes; without that
 * it goes back to the button.
 */
export function MenuButton({ label, className, items, children }: MenuButtonProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState<{ readonly top: number; readonly right: number } | null>(null);

  const buttons = () => [...(menu.current?.querySelectorAll('button') ?? [])];
  function toggled(open: boolean): void {
    if (!open) {
      setPlace(null);
      return;
    }
    const from = (button.current as HTMLButtonElement).getBoundingClientRect();
    const size = (menu.current as HTMLDivElement).getBoundingClientRect();
    setPlace(placeBelow(from, size, { width: innerWidth, height: innerHeight }));
    buttons()[0]?.focus();
  }
  function pressed(event: KeyboardEvent): void {
    // They are the menu's, not the page's.
    event.stopPropagation();
    const all = buttons();
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const next = nextItem(all, at, event.key);
    if (event.key === 'Tab') menu.current?.hidePopover();
    if (next === null) return;
    event.preventDefault();
    all[next]?.focus();
  }

  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={place !== null}
        aria-controls={id}
        popoverTarget={id}
      >
        {children}
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        role="menu"
        aria-label={label}
        className="menu"
        tabIndex={-1}
        style={place ?? undefined}
        onToggle={(event) => toggled((event.nativeEvent as ToggleEvent).newState === 'open')}
        onKeyDown={pressed}
      >
        {items.map(({ text, keys, disabled = false, separate, run }) => (
          <Fragment key={text}>
            {separate && <hr />}
            <ActionButton
              role="menuitem"
              tabIndex={-1}
              disabled={disabled}
              onClick={() => {
                menu.current?.hidePopover();
                run();
              }}
            >
              {text} {keys && <kbd>{keys}</kbd>}
            </ActionButton>
          </Fragment>
        ))}
      </div>
    </>
  );
}

/** Which item a key leads to; null where the key is none of the menu's. */
function nextItem(all: readonly HTMLButtonElement[], at: number, key: string): number | null {
  if (key === 'ArrowDown') return (at + 1) % all.length;
  if (key === 'ArrowUp') return (at - 1 + all.length) % all.length;
  if (key === 'Home') return 0;
  if (key === 'End') return all.length - 1;
  if (key.length !== 1 || key === ' ') return null;
  const begins = (each: HTMLButtonElement) => each.textContent?.toLowerCase().startsWith(key.toLowerCase());
  const found = [...all.keys()].map((i) => (at + 1 + i) % all.length).find((i) => begins(all[i]));
  return found ?? null;
}
