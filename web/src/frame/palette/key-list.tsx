import './palette.css';
import { useState } from 'react';
import { Modal } from '../../form/modal.tsx';
import { useBoundKeys, useKey } from '../../keys/keys.tsx';
import { usePreferences } from '../../preferences/use-preferences.tsx';

/** The keys that are bound now, on `?`. */
export function KeyList() {
  const [open, setOpen] = useState(false);
  useKey('?', 'List the keys', () => setOpen(true));
  return open && <KeyDialog onClose={() => setOpen(false)} />;
}

function KeyDialog({ onClose }: { readonly onClose: () => void }) {
  const bound = useBoundKeys();
  const { preferences, change } = usePreferences();
  const single = preferences.keys === 'on';
  return (
    <Modal label="Keys" onClose={onClose}>
      <h2>Keys</h2>
      <p className="key-switch">
        <label>
          <input
            type="checkbox"
            checked={single}
            onChange={({ target }) => change({ keys: target.checked ? 'on' : 'off' })}
          />{' '}
          Single keys
        </label>
        <small>
          {single
            ? 'Keys without Ctrl or Cmd can be switched off, here and in the preferences.'
            : 'They are switched off: only keys with Ctrl or Cmd do something. The commands have all of them by name.'}
        </small>
      </p>
      <dl className="key-list">
        {bound.map(({ keys, does }) => (
          <div key={keys} className={single || keys.startsWith('Mod+') ? undefined : 'key-off'}>
            <dt>
              {pressed(keys).map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={onClose}>
        Close
      </button>
    </Modal>
  );
}

/** `g c` are two keys; `Mod+k` is Ctrl, or Cmd on a Mac, with k. */
const pressed = (keys: string): readonly string[] =>
  keys.split(' ').map((key) => key.replace('Mod+', `${/mac/i.test(navigator.platform) ? '⌘' : 'Ctrl'} `));
