import { Fragment, useRef } from 'react';
import { useCopy } from '../../form/use-copy.ts';

/** A command for where the platform was installed, which is started anew with it; no page can do that. */
export function StartCommand({ flags }: { readonly flags: string }) {
  const place = useRef<HTMLElement>(null);
  const { said, copy } = useCopy('command');
  const command = `npm start -- ${flags}`;
  const select = () => {
    if (place.current) getSelection()?.selectAllChildren(place.current);
  };
  return (
    <>
      <p className="start-command">
        <code ref={place}>
          {command.split(' ').map((word, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: words of a text, in their order.
            <Fragment key={i}>
              {i > 0 && ' '}
              <span>{word}</span>
            </Fragment>
          ))}
        </code>{' '}
        <button type="button" aria-label={`Copy ${command}`} onClick={() => void copy(command, select)}>
          Copy
        </button>
      </p>
      {said && <p role="status">{said}</p>}
    </>
  );
}
