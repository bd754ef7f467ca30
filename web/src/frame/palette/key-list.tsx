import { useState } from 'react';
import { useBoundKeys, useKey } from '../../keys/keys.tsx';
import { Modal } from './modal.tsx';

/** The keys that are bound now, on `?`. */
export function KeyList() {
  const [open, setOpen] = useState(false);
  useKey('?', 'List the keys', () => setOpen(true));
  return open && <KeyDialog onClose={() => setOpen(false)} />;
}

function KeyDialog({ onClose }: { readonly onClose: () => void }) {
  const bound = useBoundKeys();
  return (
    <Modal label="Keys" onClose={onClose}>
      <h2>Keys</h2>
      <dl className="key-list">
        {bound.map(({ keys, does }) => (
          <div key={keys}>
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
