import { fitting, type MessageText, messageText, moreText } from '../messages/message-text.ts';
import type { SendToTarget } from '../target-requests/target-request.ts';
import { parsedBody, resultOf, type Sender, type StatusRule, secondsMember } from './sender.ts';

/** Characters of `content`. https://docs.discord.com/developers/resources/webhook#execute-webhook */
const MAX_CONTENT_LENGTH = 2_000;
/** Links in the text are not shown as previews. */
const SUPPRESS_EMBEDS = 4;

const STATUSES: StatusRule = {
  gone: {
    401: 'Discord does not accept the token of the webhook (401)',
    403: 'Discord does not let the webhook post any more (403)',
    404: 'Discord does not know the webhook any more (404)',
  },
};

export function createDiscordSender(
  send: SendToTarget,
  { shownFirings }: { readonly shownFirings: number },
): Sender<'discord'> {
  return {
    async send({ url }, message, signal) {
      const body = JSON.stringify({
        content: fitting(messageText(message, shownFirings), MAX_CONTENT_LENGTH, discordMarkdown),
        allowed_mentions: { parse: [] },
        flags: SUPPRESS_EMBEDS,
      });
      const headers = { 'content-type': 'application/json' };
      const answer = await send({ method: 'POST', url, headers, body }, signal);
      return resultOf(answer, STATUSES, (text) => secondsMember(parsedBody(text)?.retry_after));
    },
  };
}

function discordMarkdown({ entries, more }: MessageText): string {
  const parts = entries.map(
    ({ head, message, time }) => `**${escaped(head)}**\n${escaped(message)}\n-# ${time}`,
  );
  return [...parts, ...(more > 0 ? [moreText(more)] : [])].join('\n\n');
}

/** What Discord takes as markup, anywhere in a line or at its beginning. */
const escaped = (text: string): string =>
  text.replace(/[\\*_~`|<>[\]()#@:]/g, '\\$&').replace(/^(\s*)([-+]|\d+\.)(?=\s)/gm, '$1\\$2');
