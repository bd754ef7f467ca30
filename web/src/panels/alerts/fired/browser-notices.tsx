import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ActionButton } from '../../../form/action-button.tsx';
import {
  askForNotifications,
  canNotify,
  stopNotifications,
  wantsNotifications,
} from './browser-notification.ts';

/** Notifications of the browser, switched on by the reader's consent and off again. */
export function BrowserNotices() {
  const [on, setOn] = useState(wantsNotifications);
  const ask = useMutation({ mutationFn: askForNotifications, onSuccess: setOn });
  if (!canNotify()) return <span className="panel-note">notifications of the browser need https</span>;
  return (
    <>
      <ActionButton
        aria-pressed={on}
        disabled={ask.isPending}
        title="While this page is open, and you look at something else"
        onClick={() => {
          if (!on) return ask.mutate();
          stopNotifications();
          setOn(false);
        }}
      >
        Notify in the browser
      </ActionButton>
      {(ask.data === false || ask.error) && (
        <span role="alert" className="down">
          The browser refuses notifications: allow them in its settings of this page
        </span>
      )}
    </>
  );
}
