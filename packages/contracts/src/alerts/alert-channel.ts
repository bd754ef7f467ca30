import Type, { type Static } from 'typebox';
import { IsoTime } from '../market/views.ts';
import { nullable } from '../schemas/nullable.ts';
import { ALERT_OWNERS } from './alert-rule.ts';

/** Where alerts are sent besides the page and the socket. */
export const CHANNEL_KINDS = [
  'email',
  'webhook',
  'telegram',
  'ntfy',
  'slack',
  'discord',
  'web_push',
] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

const url = Type.String({ maxLength: 2_000, format: 'uri' });
const secret = Type.String({ minLength: 1, maxLength: 500 });
const target = <Kind extends ChannelKind, P extends Type.TProperties>(kind: Kind, properties: P) =>
  Type.Object({ kind: Type.Literal(kind), ...properties }, { additionalProperties: false });

/**
 * The target of a channel, as its owner gives it. Address and token are the secret of most services: they are sealed
 * where they are kept, and shown by their tail only.
 */
export const ChannelTarget = Type.Union([
  target('email', { to: Type.String({ maxLength: 320, format: 'email', examples: ['asha@example.com'] }) }),
  target('webhook', { url }),
  target('telegram', { bot_token: secret, chat_id: Type.String({ pattern: '^(-?\\d{1,20}|@\\w{5,32})$' }) }),
  target('ntfy', {
    server: Type.Optional(url),
    topic: Type.String({ pattern: '^[-_A-Za-z0-9]{1,64}$' }),
    token: Type.Optional(secret),
  }),
  target('slack', { url }),
  target('discord', { url }),
  target('web_push', {
    endpoint: url,
    p256dh: Type.String({ minLength: 80, maxLength: 100 }),
    auth: Type.String({ minLength: 16, maxLength: 40 }),
  }),
]);
export type ChannelTarget = Static<typeof ChannelTarget>;

/** `failing`: the last deliveries failed and are tried again; `disabled`: by its owner, or because the target is gone. */
export const CHANNEL_STATUSES = ['ready', 'failing', 'disabled'] as const;

export const ChannelName = Type.String({ minLength: 1, maxLength: 100, examples: ['Desk'] });

export const AlertChannelView = Type.Object({
  id: Type.String(),
  version: Type.Integer({ minimum: 1, description: 'Rises with every change by its owner' }),
  owner: Type.Enum([...ALERT_OWNERS]),
  name: ChannelName,
  kind: Type.Enum([...CHANNEL_KINDS]),
  target: Type.String({ description: 'What may be shown of the target: its host or the tail of its secret' }),
  status: Type.Enum([...CHANNEL_STATUSES]),
  reason: nullable(Type.String({ description: 'Why it is failing or disabled' })),
  created_at: IsoTime,
  last_delivered_at: nullable(IsoTime),
});
export type AlertChannelView = Static<typeof AlertChannelView>;
