import { createHash } from 'node:crypto';
import type { Clock } from '../../../../../ports/clock.ts';
import { type AlertMessage, severityOf } from '../../messages/alert-message.ts';
import { fitting, type MessageText, messageText, moreText } from '../../messages/message-text.ts';
import type { SendToTarget } from '../../target-requests/target-request.ts';
import { resultOf, type Sender, type StatusRule } from '../sender.ts';
import { encryptPush } from './encrypt-push.ts';
import { type VapidKey, vapidAuthorization } from './vapid.ts';

/** Firefox for Android takes about 3,015 bytes encrypted; this is text. */
const MAX_PAYLOAD_BYTES = 2_500;
const URGENCIES = { info: 'normal', warning: 'high', critical: 'high' } as const;
/** Of RFC 8030: characters of base64url. */
const TOPIC_LENGTH = 32;

const STATUSES: StatusRule = {
  gone: {
    403: 'the browser subscribed with another key of the platform (403)',
    404: 'the browser has ended its subscription (404)',
    410: 'the browser has ended its subscription (410)',
  },
};

export interface WebPushOptions {
  readonly key: VapidKey;
  /** Whom a push service may write to: mailto: or https:. */
  readonly contact: string | undefined;
  readonly ttlSeconds: number;
  readonly shownFirings: number;
  readonly pageUrl?: string;
}

/** Encrypted messages to the push service of a browser (RFC 8030, 8291, 8292). */
export function createWebPushSender(
  send: SendToTarget,
  clock: Pick<Clock, 'now'>,
  { key, contact, ttlSeconds, shownFirings, pageUrl }: WebPushOptions,
): Sender<'web_push'> {
  return {
    async send({ endpoint, p256dh, auth }, message, signal) {
      const headers = {
        authorization: vapidAuthorization(key, { endpoint, contact, nowMs: clock.now() }),
        'content-type': 'application/octet-stream',
        'content-encoding': 'aes128gcm',
        ttl: String(ttlSeconds),
        urgency: URGENCIES[severityOf(message)],
        // A repetition takes the place of what waits for the browser, other alerts do not.
        topic: createHash('sha256').update(message.id).digest('base64url').slice(0, TOPIC_LENGTH),
      };
      const body = encryptPush(pushPayload(message, shownFirings, pageUrl), { p256dh, auth });
      return resultOf(await send({ method: 'POST', url: endpoint, headers, body }, signal), STATUSES);
    },
  };
}

/** What the service worker of the dashboard shows: JSON with `id`, `title`, `body`, `severity`, `at` and `url`. */
export function pushPayload(
  message: AlertMessage,
  shownFirings: number,
  pageUrl: string | undefined,
): string {
  const form = ({ title, entries, more }: MessageText): string => {
    const lines = entries.map(({ head, message: text, time }) =>
      message.firings.length === 1 ? `${text}\n${time}` : `${head}\n${text}`,
    );
    return JSON.stringify({
      id: message.id,
      title,
      body: [...lines, ...(more > 0 ? [moreText(more)] : [])].join('\n'),
      severity: severityOf(message),
      at: new Date(message.firings[message.firings.length - 1].at).toISOString(),
      url: pageUrl ?? null,
    });
  };
  return fitting(messageText(message, shownFirings), MAX_PAYLOAD_BYTES, form, (text) =>
    Buffer.byteLength(text),
  );
}
