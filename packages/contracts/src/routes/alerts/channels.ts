import Type from 'typebox';
import { AlertChannelView, ChannelName, ChannelTarget } from '../../alerts/alert-channel.ts';
import { AlertDeliveryView } from '../../alerts/alert-firing.ts';
import { nullable } from '../../schemas/nullable.ts';
import { AlertParams, alertReadRoute, alertSendRoute, KnownAlertVersion, ownerField } from './alert-route.ts';

/** A target has a URL and some keys at most. */
const MAX_CHANNEL_BODY_BYTES = 16 * 1024;

export const listAlertChannels = alertReadRoute('GET', '/api/alerts/channels', {
  summary: 'Where alerts are sent, by name',
  query: ownerField,
  response: Type.Object({ channels: Type.Array(AlertChannelView) }),
});

const ChangedChannel = Type.Object({
  channel: AlertChannelView,
  signing_secret: nullable(
    Type.String({
      description:
        'Of a webhook, when it is new: `whsec_...`, by which its receiver checks messages; shown only now',
    }),
  ),
});

export const createAlertChannel = alertSendRoute('POST', '/api/alerts/channels', {
  summary: 'Add a channel (traders)',
  description:
    'Nothing is sent before `POST /api/alerts/channels/:id/test` or a rule that names it. Addresses of private networks are ' +
    'refused unless the operator allows them.',
  body: { name: ChannelName, target: ChannelTarget, ...ownerField },
  response: ChangedChannel,
  status: 201,
  failures: ['limit_reached', 'payload_too_large'],
  bodyLimit: MAX_CHANNEL_BODY_BYTES,
});

export const getAlertChannel = alertReadRoute('GET', '/api/alerts/channels/:id', {
  summary: 'A channel, and how it stands',
  params: AlertParams,
  response: AlertChannelView,
  failures: ['not_found'],
});

export const putAlertChannel = alertSendRoute('PUT', '/api/alerts/channels/:id', {
  summary: 'Change a channel: its name, target, or whether it is enabled (traders)',
  description:
    'What is left out stays. A channel that was disabled because its target is gone is tried again once it is enabled. A ' +
    'target is of the same kind as before.',
  params: AlertParams,
  body: {
    version: KnownAlertVersion,
    name: Type.Optional(ChannelName),
    enabled: Type.Optional(Type.Boolean()),
    target: Type.Optional(ChannelTarget),
    rotate_secret: Type.Optional(
      Type.Boolean({ description: 'Of a webhook: a new secret; messages are signed with both for a while' }),
    ),
  },
  response: ChangedChannel,
  failures: ['not_found', 'version_conflict', 'payload_too_large'],
  bodyLimit: MAX_CHANNEL_BODY_BYTES,
});

export const deleteAlertChannel = alertSendRoute('DELETE', '/api/alerts/channels/:id', {
  summary: 'Remove a channel; rules that name it deliver to the others (traders)',
  params: AlertParams,
  response: Type.Object({ id: Type.String() }),
  failures: ['not_found'],
});

export const testAlertChannel = alertSendRoute('POST', '/api/alerts/channels/:id/test', {
  summary: 'Send a test message now, and say what came of it (traders)',
  description: 'One attempt, listed among the deliveries; its failure is the response, not an error.',
  params: AlertParams,
  response: AlertDeliveryView,
  failures: ['not_found', 'too_many_requests'],
});

export const getAlertPushKey = alertReadRoute('GET', '/api/alerts/push-key', {
  summary: 'The key with which a browser subscribes to Web Push',
  response: Type.Object({
    key: Type.String({ description: 'VAPID: the point on P-256, uncompressed, base64url' }),
  }),
  failures: ['unavailable'],
});
