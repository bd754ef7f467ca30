import { severityOf } from '../messages/alert-message.ts';
import { fitting, messageText, plainText } from '../messages/message-text.ts';
import type { SendToTarget } from '../target-requests/target-request.ts';
import { resultOf, type Sender, type StatusRule } from './sender.ts';

/** A longer message becomes an attachment. */
const MAX_MESSAGE_BYTES = 4_096;
const PRIORITIES = { info: 3, warning: 4, critical: 5 } as const;
/** Names of emoji, which ntfy shows before the title. */
const TAGS = { info: 'information_source', warning: 'warning', critical: 'rotating_light' } as const;

const STATUSES: StatusRule = {
  gone: {
    401: 'the token is not valid for the topic (401)',
    403: 'the topic does not take messages with this token (403)',
  },
};

/** Publishes as JSON to the root of a server of ntfy. https://docs.ntfy.sh/publish/#publish-as-json */
export function createNtfySender(
  send: SendToTarget,
  options: { readonly server: string; readonly shownFirings: number; readonly pageUrl?: string },
): Sender<'ntfy'> {
  return {
    async send({ server = options.server, topic, token }, message, signal) {
      const text = messageText(message, options.shownFirings);
      const severity = severityOf(message);
      const body = JSON.stringify({
        topic,
        title: text.title,
        message: fitting(text, MAX_MESSAGE_BYTES, plainText, (formed) => Buffer.byteLength(formed)),
        priority: PRIORITIES[severity],
        tags: [TAGS[severity]],
        ...(options.pageUrl !== undefined && { click: options.pageUrl }),
      });
      const headers = {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      };
      return resultOf(await send({ method: 'POST', url: server, headers, body }, signal), STATUSES);
    },
  };
}
