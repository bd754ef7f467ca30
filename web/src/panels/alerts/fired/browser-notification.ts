import { browserStorage } from '../../../platform/browser-storage.ts';
import type { OwnAlert } from './follow-own-alerts.ts';

const KEY = 'deltastream.alert-notifications';

/** Whether this browser has notifications at all: not on plain addresses of a network. */
export const canNotify = (): boolean => 'Notification' in window && isSecureContext;

/** Whether the reader wants notifications, and the browser lets the page show them. */
export const wantsNotifications = (): boolean =>
  canNotify() && Notification.permission === 'granted' && browserStorage.getItem(KEY) === 'on';

/** Asks the browser for consent where that was not given yet; false where the reader, or the browser, refuses. */
export async function askForNotifications(): Promise<boolean> {
  const granted = (await Notification.requestPermission()) === 'granted';
  if (granted) browserStorage.setItem(KEY, 'on');
  return granted;
}

export const stopNotifications = (): void => browserStorage.removeItem(KEY);

/** Shows a firing outside of the page while the reader does not look at it; once for all tabs, by its id. */
export async function notify({ id, rule, message }: OwnAlert): Promise<void> {
  if (document.visibilityState === 'visible' && document.hasFocus()) return;
  if (!wantsNotifications()) return;
  const options = { body: message, tag: id, icon: '/icons/192.png', data: { url: '/alerts' } };
  const worker = await navigator.serviceWorker?.getRegistration();
  // Phones have only those of a service worker.
  if (worker?.active) return worker.showNotification(rule, options);
  const shown = new Notification(rule, options);
  shown.onclick = () => window.focus();
}
