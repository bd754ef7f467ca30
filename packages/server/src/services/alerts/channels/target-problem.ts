import type { ChannelTarget } from '@deltastream/contracts';
import { pushKeysProblem } from '../delivery/senders/web-push/encrypt-push.ts';
import type { DestinationRule } from '../delivery/target-requests/destination.ts';

export interface TargetRule {
  readonly destinations: DestinationRule;
  /** Whether the platform has a mail server. */
  readonly hasMail: boolean;
}

/** What a bot's token looks like; it becomes a part of an address. */
const BOT_TOKEN = /^\d{1,20}:[A-Za-z0-9_-]{10,200}$/;
/** Without spaces: it becomes the value of a header. */
const HEADER_TOKEN = /^[\x21-\x7e]+$/;
/** One address and nothing else: no list, no name, no quotes. */
const MAIL_ADDRESS = /^[^\s"'<>,;:()[\]\\@]{1,64}@[A-Za-z0-9.-]{1,253}$/;

/** Why a target could never be sent to, naming the field; null where it may be. Names are looked up when it is sent to. */
export function targetProblem(target: ChannelTarget, { destinations, hasMail }: TargetRule): string | null {
  const ofUrl = (field: string, url: string): string | null => {
    const reading = destinations.read(url);
    return 'refused' in reading ? `target.${field}: ${reading.refused}` : null;
  };
  switch (target.kind) {
    case 'email':
      if (!hasMail) return 'target.kind: the platform has no mail server';
      return MAIL_ADDRESS.test(target.to) ? null : 'target.to: is not one plain e-mail address';
    case 'telegram':
      return BOT_TOKEN.test(target.bot_token) ? null : 'target.bot_token: is not the token of a bot';
    case 'ntfy':
      if (target.token !== undefined && !HEADER_TOKEN.test(target.token)) {
        return 'target.token: has a space or a character that no header takes';
      }
      return target.server === undefined ? null : ofUrl('server', target.server);
    case 'web_push': {
      const problem = pushKeysProblem(target);
      return problem === null ? ofUrl('endpoint', target.endpoint) : `target.${problem}`;
    }
    case 'webhook':
    case 'slack':
    case 'discord':
      return ofUrl('url', target.url);
  }
}
