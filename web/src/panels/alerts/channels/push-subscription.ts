import type { ChannelTarget } from '../alert-types.ts';

/** What a browser has of Web Push; a test gives its own. */
interface PushParts {
  readonly container: Pick<ServiceWorkerContainer, 'getRegistration'> | undefined;
  readonly askConsent: () => Promise<NotificationPermission>;
}

/** Why push is not to be had here, in words; null where it is. */
export const noPushReason = (): string | null =>
  'serviceWorker' in navigator && 'PushManager' in window
    ? null
    : 'This browser has no push notifications here: they need https, and a browser that has them';

/**
 * Subscribes this browser to Web Push with the platform's key, and says where it is reached. Rejects in words where the
 * reader or the browser refuses.
 */
export async function subscribeToPush(key: string, parts: PushParts = ofBrowser()): Promise<ChannelTarget> {
  const registration = await parts.container?.getRegistration();
  if (!registration?.active) {
    throw new Error(
      'The dashboard is not kept by this browser, which push needs: reload the page and try again',
    );
  }
  if ((await parts.askConsent()) !== 'granted') {
    throw new Error('The browser refuses notifications: allow them in its settings of this page');
  }
  const asked = { userVisibleOnly: true, applicationServerKey: bytesOf(key) };
  const subscription = await registration.pushManager.subscribe(asked);
  const { endpoint, keys } = subscription.toJSON();
  if (endpoint === undefined || keys?.p256dh === undefined || keys.auth === undefined) {
    throw new Error('The browser did not say how it is reached: update it and try again');
  }
  return { kind: 'web_push', endpoint, p256dh: keys.p256dh, auth: keys.auth };
}

const ofBrowser = (): PushParts => ({
  container: navigator.serviceWorker,
  askConsent: () => Notification.requestPermission(),
});

/** Out of base64url; older browsers take the key as bytes only. */
function bytesOf(key: string): Uint8Array<ArrayBuffer> {
  const text = atob(key.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (each) => each.charCodeAt(0));
}
