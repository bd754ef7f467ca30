import Type from 'typebox';
import { DeltaStreamError } from '../../../kit/errors.ts';
import {
  bytes,
  count,
  ms,
  requireValid,
  seconds,
  settingsFragment,
  type ValuesOf,
} from '../../../kit/settings-fragment.ts';

const DAY_SECONDS = 86_400;
/** Least time between two messages to one target; what comes meanwhile is merged into the next one. */
const pace = (value: number, why: string) =>
  ms(value, `Least time between two messages to ${why}; what comes meanwhile is one message`, 0, 3_600_000);

export const ALERT_DELIVERY = settingsFragment(
  'Delivery of alerts',
  {
    smtp: Type.Optional(
      Type.String({
        pattern: '^smtps?://[^\\s]+$',
        maxLength: 1_000,
        secret: true,
        description:
          'Mail server, smtp://[user:password@]host[:587] or smtps://[user:password@]host[:465]; without it there are no channels of e-mail',
      }),
    ),
    mailFrom: Type.Optional(
      Type.String({
        maxLength: 320,
        description: 'Sender of e-mails, such as DeltaStream <alerts@example.com>',
      }),
    ),
    alertTargets: Type.Array(Type.String({ minLength: 1, maxLength: 300 }), {
      default: [],
      maxItems: 100,
      description:
        'Targets by comma that alerts may be sent to though they are not public: HOST:PORT, also without TLS, or a range of addresses such as 10.1.0.0/16',
    }),
    pageUrl: Type.Optional(
      Type.String({
        pattern: '^https?://[^\\s]+$',
        maxLength: 500,
        description: 'Where people open the dashboard; alerts link to it',
      }),
    ),
  },
  'alert',
  {
    ports: Type.Array(Type.String({ pattern: '^[1-9][0-9]{0,4}$' }), {
      default: ['443'],
      maxItems: 100,
      description: 'Ports of the targets that users name, by comma',
    }),
    nat64: Type.Boolean({
      default: false,
      description:
        'The network reaches IPv4 through 64:ff9b::/96 (DNS64): such an address is judged by the IPv4 address in it',
    }),
    secret: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_-]{43}$',
        secret: true,
        description:
          'Key that seals targets of channels, 32 bytes in base64url, the same in every alerts service; by default one is made in alerts-key.json of the data folder',
      }),
    ),
    telegramUrl: Type.String({
      default: 'https://api.telegram.org',
      pattern: '^https?://[^\\s/]+$',
      maxLength: 300,
      description:
        'Bot API of Telegram; one of your own has to be among --alert-targets where it is not public',
    }),
    ntfyServer: Type.String({
      default: 'https://ntfy.sh',
      pattern: '^https?://[^\\s]+$',
      maxLength: 300,
      description: 'Server of ntfy for channels that name none',
    }),
    smtpTls: Type.Enum(['required', 'optional'], {
      default: 'required',
      description: 'Whether a mail server named by smtp:// must offer STARTTLS',
    }),
    requestTimeoutMs: ms(15_000, 'Longest time of a request to a target, looking up its name included'),
    resolveTimeoutMs: ms(5_000, 'Longest wait for the addresses of a target', 10),
    smtpTimeoutMs: ms(30_000, 'Longest time of sending one e-mail'),
    smtpConnections: count(2, 'connections', 'Connections to the mail server', 1, 100),
    answerBytes: bytes(8_192, 'Bytes of an answer of a target that are read'),
    retrySeconds: Type.Array(Type.String({ pattern: '^[1-9][0-9]{0,5}$' }), {
      default: ['5', '300', '1800', '7200', '18000', '36000', '50400', '72000', '86400'],
      minItems: 1,
      maxItems: 50,
      description:
        'Seconds before each try after the first, by comma, as Standard Webhooks has them; a target that asks for longer gets it',
    }),
    retryAfterMaxSeconds: seconds(
      DAY_SECONDS,
      'Longest wait that a target may ask for by Retry-After',
      7 * DAY_SECONDS,
    ),
    failingPauseMs: ms(
      60_000,
      'After a failure nothing is sent to the target for so long at least; what comes meanwhile is one message',
      0,
    ),
    concurrency: count(8, 'targets', 'Targets that are sent to at a time', 1, 1_000),
    checkMs: ms(1_000, 'How often it is looked for messages that are due'),
    mergedFirings: count(100, 'firings', 'Firings of one message', 1, 1_000),
    webhookFirings: count(
      8,
      'firings',
      'Firings of one message to a webhook, which is kept below 20 KB',
      1,
      100,
    ),
    shownFirings: count(
      20,
      'firings',
      'Firings that the text of one message lists; it says how many more there are',
      1,
      1_000,
    ),
    testsPerMinute: count(6, 'tests', 'Test messages that an account may send in a minute', 1, 1_000),
    maxChannels: count(20, 'channels', 'Channels of an account', 0, 10_000),
    formerSecretSeconds: seconds(
      DAY_SECONDS,
      'How long messages to a webhook are signed by a secret that was replaced, too',
      30 * DAY_SECONDS,
    ),
    pushContact: Type.Optional(
      Type.String({
        pattern: '^(mailto:|https://)[^\\s]+$',
        maxLength: 300,
        description:
          'Whom push services may write to, mailto: or https:; that of Apple takes nothing without',
      }),
    ),
    pushTtlSeconds: seconds(
      900,
      'How long a push service keeps a message for a browser that is not running',
      28 * DAY_SECONDS,
    ),
    emailPaceMs: pace(10_000, 'one address, so that a rule that fires often fills no mailbox'),
    webhookPaceMs: pace(0, 'one webhook'),
    telegramPaceMs: pace(3_000, 'one chat of Telegram, whose groups take 20 a minute'),
    ntfyPaceMs: pace(5_000, 'one topic of ntfy, whose server takes one per 5 s after the first 60'),
    slackPaceMs: pace(1_000, 'one webhook of Slack, which takes one a second'),
    discordPaceMs: pace(2_000, 'one webhook of Discord, which takes 30 a minute'),
    webPushPaceMs: pace(1_000, 'one browser'),
  },
);

export type DeliverySettings = ValuesOf<typeof ALERT_DELIVERY.own>;

/** Fills in the defaults. Throws `invalid_setting` for what could not be used when the first alert comes. */
export function deliverySettings(given: Partial<DeliverySettings>): DeliverySettings {
  const defined = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const settings: DeliverySettings = { ...ALERT_DELIVERY.defaults, ...defined };
  requireValid('alerts', ALERT_DELIVERY.own, defined);
  if (settings.smtp !== undefined && settings.mailFrom === undefined) {
    throw new DeltaStreamError('invalid_setting', '--smtp needs --mail-from');
  }
  if (settings.smtp !== undefined && !URL.canParse(settings.smtp)) {
    throw new DeltaStreamError('invalid_setting', '--smtp is not a valid URL');
  }
  return settings;
}
