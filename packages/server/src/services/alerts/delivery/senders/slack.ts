import { cutTo, type MessageText, messageText, moreText } from '../messages/message-text.ts';
import type { SendToTarget } from '../target-requests/target-request.ts';
import { resultOf, type Sender, type StatusRule } from './sender.ts';

/** Of Block Kit: https://docs.slack.dev/reference/block-kit/blocks */
const MAX_HEADER_LENGTH = 150;
/** As the header's. */
const MAX_SECTION_LENGTH = 3_000;
/** Of a message, of which the title and what is left out are two. */
const MAX_BLOCKS = 50;

const STATUSES: StatusRule = {
  gone: {
    403: 'Slack does not let the webhook post any more (403)',
    404: 'Slack does not know the webhook or its channel any more (404)',
    410: 'the channel of the webhook is archived (410)',
  },
};

/** Incoming webhooks of Slack, and of what takes the same form. */
export function createSlackSender(
  send: SendToTarget,
  { shownFirings }: { readonly shownFirings: number },
): Sender<'slack'> {
  return {
    async send({ url }, message, signal) {
      const body = JSON.stringify(slackBody(messageText(message, Math.min(shownFirings, MAX_BLOCKS - 2))));
      const headers = { 'content-type': 'application/json' };
      return resultOf(await send({ method: 'POST', url, headers, body }, signal), STATUSES);
    },
  };
}

/** All in blocks of plain text, in which nothing is markup, a link or a mention. */
function slackBody({ title, entries, more }: MessageText) {
  const plain = (text: string, most: number) => ({
    type: 'plain_text' as const,
    text: cutTo(most, text),
    emoji: false,
  });
  return {
    // What notifications show; unlike the blocks it has markup.
    text: title.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
    blocks: [
      { type: 'header', text: plain(title, MAX_HEADER_LENGTH) },
      ...entries.map(({ head, message, time }) => ({
        type: 'section',
        text: plain(
          entries.length === 1 ? `${message}\n${time}` : `${head}\n${message}\n${time}`,
          MAX_SECTION_LENGTH,
        ),
      })),
      ...(more > 0 ? [{ type: 'section', text: plain(moreText(more), MAX_SECTION_LENGTH) }] : []),
    ],
  };
}
