import type { ChannelTarget } from '../alert-types.ts';

/** Kinds that a form can say; a browser subscribes to Web Push by itself. */
export type FormKind = Exclude<ChannelTarget['kind'], 'web_push'>;

export const KIND_TEXTS: Readonly<Record<ChannelTarget['kind'], string>> = {
  email: 'email',
  webhook: 'webhook',
  telegram: 'Telegram',
  ntfy: 'ntfy',
  slack: 'Slack',
  discord: 'Discord',
  web_push: 'this browser',
};

export interface TargetField {
  readonly name: string;
  readonly label: string;
  readonly type: 'email' | 'url' | 'text' | 'password';
  readonly optional?: true;
  readonly hint?: string;
}

const URL_FIELD = { name: 'url', label: 'URL', type: 'url' } as const;

/** What is asked of each kind. */
export const TARGET_FIELDS: Readonly<Record<FormKind, readonly TargetField[]>> = {
  email: [{ name: 'to', label: 'Address', type: 'email' }],
  webhook: [{ ...URL_FIELD, hint: 'Messages are signed by Standard Webhooks' }],
  telegram: [
    { name: 'bot_token', label: 'Token of the bot', type: 'password' },
    { name: 'chat_id', label: 'Chat', type: 'text', hint: 'Its number, or @name of a channel' },
  ],
  ntfy: [
    { name: 'topic', label: 'Topic', type: 'text' },
    { name: 'server', label: 'Server', type: 'url', optional: true, hint: 'ntfy.sh without' },
    { name: 'token', label: 'Access token', type: 'password', optional: true },
  ],
  slack: [{ ...URL_FIELD, hint: 'Of an incoming webhook' }],
  discord: [{ ...URL_FIELD, hint: 'Of a webhook of the channel' }],
};

/** The target that the fields say, without those that are empty. The server checks each. */
export function targetOf(kind: FormKind, values: Readonly<Record<string, string>>): ChannelTarget {
  const given = TARGET_FIELDS[kind].flatMap(({ name }) =>
    values[name] ? [[name, values[name]] as const] : [],
  );
  return { kind, ...Object.fromEntries(given) } as ChannelTarget;
}
