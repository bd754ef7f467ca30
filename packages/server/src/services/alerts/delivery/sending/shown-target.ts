import type { StoredTarget } from '../senders/sender.ts';

/** Of a secret: enough to tell two apart, far from enough to guess it. */
const MOST_SHOWN = 4;
const SHARE = 0.25;

const tail = (secret: string): string => {
  const shown = Math.min(MOST_SHOWN, Math.floor(secret.length * SHARE));
  return `…${shown === 0 ? '' : secret.slice(-shown)}`;
};

/** What of a target may be shown, and is kept in the clear. */
export function shownTarget(target: StoredTarget): string {
  switch (target.kind) {
    case 'email': {
      const at = target.to.lastIndexOf('@');
      return `${target.to.slice(0, 1)}…${target.to.slice(at)}`;
    }
    case 'telegram':
      return `chat ${tail(target.chat_id)}, bot ${target.bot_token.split(':')[0]}`;
    case 'ntfy':
      return `${target.server === undefined ? 'ntfy' : hostOf(target.server)} ${tail(target.topic)}`;
    case 'web_push':
      return hostOf(target.endpoint);
    case 'webhook':
      return hostOf(target.url);
    case 'slack':
    case 'discord':
      return `${hostOf(target.url)} ${tail(target.url)}`;
  }
}

const hostOf = (url: string): string => new URL(url).host;
