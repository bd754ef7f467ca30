import type { ChannelKind } from '@deltastream/contracts';
import { DeltaStreamError, reasonOf } from '../../../../kit/errors.ts';
import type { Clock } from '../../../../ports/clock.ts';
import { createDiscordSender } from '../senders/discord.ts';
import { createEmailSender, type EmailOptions } from '../senders/email.ts';
import { createNtfySender } from '../senders/ntfy.ts';
import type { Sender } from '../senders/sender.ts';
import { createSlackSender } from '../senders/slack.ts';
import { createTelegramSender } from '../senders/telegram.ts';
import type { VapidKey } from '../senders/web-push/vapid.ts';
import { createWebPushSender } from '../senders/web-push/web-push.ts';
import { createWebhookSender } from '../senders/webhook.ts';
import type { DeliverySettings } from '../settings.ts';
import { createDestinationRule, type DestinationRule } from '../target-requests/destination.ts';
import { createHostAddresses, type HostAddresses } from '../target-requests/host-addresses.ts';
import { createTargetRequest } from '../target-requests/target-request.ts';

export type Senders = { readonly [Kind in ChannelKind]: Sender<Kind> } & { close(): Promise<void> };

export interface SendersParts {
  readonly settings: DeliverySettings;
  readonly rule: DestinationRule;
  readonly vapid: VapidKey;
  readonly clock: Clock;
  /** How names are looked up. */
  readonly addressesOf?: HostAddresses;
  readonly tlsOptions?: EmailOptions['tlsOptions'];
}

/** Where alerts may go. Throws `invalid_setting` naming what is wrong in `alertTargets`. */
export function destinationRule(
  settings: Pick<DeliverySettings, 'ports' | 'alertTargets' | 'nat64'>,
): DestinationRule {
  try {
    const { alertTargets: allowed, nat64 } = settings;
    return createDestinationRule({ ports: settings.ports.map(Number), allowed, nat64 });
  } catch (error) {
    throw new DeltaStreamError('invalid_setting', `--alert-targets: ${reasonOf(error)}`, { cause: error });
  }
}

/** A sender for each kind of channel. */
export function createSenders(parts: SendersParts): Senders {
  const { settings, rule, vapid, clock, tlsOptions } = parts;
  const { shownFirings, pageUrl } = settings;
  const send = createTargetRequest({
    rule,
    clock,
    addressesOf: parts.addressesOf ?? createHostAddresses(settings.resolveTimeoutMs),
    timeoutMs: settings.requestTimeoutMs,
    answerBytes: settings.answerBytes,
  });
  const { smtp, mailFrom } = settings;
  const email =
    smtp === undefined || mailFrom === undefined
      ? null
      : createEmailSender({
          ...{ server: smtp, from: mailFrom, tls: settings.smtpTls, shownFirings, pageUrl, tlsOptions },
          timeoutMs: settings.smtpTimeoutMs,
          connections: settings.smtpConnections,
        });
  return {
    email: email ?? NO_MAIL_SERVER,
    webhook: createWebhookSender(send, clock),
    telegram: createTelegramSender(send, { apiUrl: settings.telegramUrl, shownFirings }),
    ntfy: createNtfySender(send, { server: settings.ntfyServer, shownFirings, pageUrl }),
    slack: createSlackSender(send, { shownFirings }),
    discord: createDiscordSender(send, { shownFirings }),
    web_push: createWebPushSender(send, clock, {
      ...{ key: vapid, contact: settings.pushContact, shownFirings, pageUrl },
      ttlSeconds: settings.pushTtlSeconds,
    }),
    close: async () => email?.close(),
  };
}

/** For channels that were made while there was one. */
const NO_MAIL_SERVER: Sender<'email'> = {
  send: async () => ({
    outcome: 'retry',
    status: null,
    reason: 'the platform has no mail server',
    retryAfterMs: null,
  }),
};
