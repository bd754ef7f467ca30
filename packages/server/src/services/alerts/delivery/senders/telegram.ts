import { fitting, type MessageText, messageText, moreText } from '../messages/message-text.ts';
import type { SendToTarget } from '../target-requests/target-request.ts';
import {
  parsedBody,
  resultOf,
  type Sender,
  type StatusRule,
  secondsMember,
  type TargetOf,
} from './sender.ts';

/** Of the Bot API: characters of a text, counted here with its markup, which only makes it shorter. */
const MAX_TEXT_LENGTH = 4_096;

const STATUSES: StatusRule = {
  gone: {
    401: 'the token is not one of a bot (401)',
    403: 'the chat does not take messages of the bot (403)',
    404: 'the token is not one of a bot (404)',
  },
};

/** `sendMessage` of the Bot API at `apiUrl`. https://core.telegram.org/bots/api#sendmessage */
export function createTelegramSender(
  send: SendToTarget,
  { apiUrl, shownFirings }: { readonly apiUrl: string; readonly shownFirings: number },
): Sender<'telegram'> {
  const post = (target: TargetOf<'telegram'>, text: string, signal: AbortSignal) =>
    send(
      {
        method: 'POST',
        url: `${apiUrl}/bot${encodeURIComponent(target.bot_token).replace('%3A', ':')}/sendMessage`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          chat_id: target.chat_id,
          text,
          parse_mode: 'HTML',
          link_preview_options: { is_disabled: true },
        }),
      },
      signal,
    );

  return {
    async send(target, message, signal) {
      const text = fitting(messageText(message, shownFirings), MAX_TEXT_LENGTH, telegramHtml);
      const answer = await post(target, text, signal);
      // A group that became a supergroup has another id, which the refusal names.
      const chatId = answer.kind === 'answered' && answer.status === 400 ? newChatId(answer.body) : null;
      if (chatId === null || chatId === target.chat_id) return resultOf(answer, STATUSES, waitOf);
      const moved = { ...target, chat_id: chatId };
      const result = resultOf(await post(moved, text, signal), STATUSES, waitOf);
      return result.outcome === 'delivered' ? { ...result, moved } : result;
    },
  };
}

const parametersOf = (body: string): Record<string, unknown> => {
  const parameters = parsedBody(body)?.parameters;
  return typeof parameters === 'object' && parameters !== null ? (parameters as Record<string, unknown>) : {};
};

const waitOf = (body: string): number | null => secondsMember(parametersOf(body).retry_after);

function newChatId(body: string): string | null {
  const id = parametersOf(body).migrate_to_chat_id;
  return Number.isSafeInteger(id) ? String(id) : null;
}

function telegramHtml({ entries, more }: MessageText): string {
  const parts = entries.map(
    ({ head, message, time }) => `<b>${escaped(head)}</b>\n${escaped(message)}\n<i>${time}</i>`,
  );
  return [...parts, ...(more > 0 ? [`<i>${moreText(more)}</i>`] : [])].join('\n\n');
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
