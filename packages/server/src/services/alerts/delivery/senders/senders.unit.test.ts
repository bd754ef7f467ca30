import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../../../ports/clock.ts';
import { firing, messageOf } from '../delivery.fixture.ts';
import type { AlertMessage } from '../messages/alert-message.ts';
import type { SendToTarget, TargetAnswer, TargetRequest } from '../target-requests/target-request.ts';
import { createDiscordSender } from './discord.ts';
import { createNtfySender } from './ntfy.ts';
import type { Sender, SendResult, StoredTarget } from './sender.ts';
import { createSlackSender } from './slack.ts';
import { createTelegramSender } from './telegram.ts';
import { createWebhookSender, webhookBody } from './webhook.ts';
import { newSigningSecret, signedHeaders } from './webhook-signature.ts';

const NOW = 1_795_684_500_000;
const clock = createManualClock(NOW);
const SHOWN = { shownFirings: 20 };

/** A target that answers with these one after the other. */
function target(...answers: (Partial<Extract<TargetAnswer, { kind: 'answered' }>> | TargetAnswer)[]) {
  const requests: TargetRequest[] = [];
  const send: SendToTarget = async (request) => {
    requests.push(request);
    const answer = answers[Math.min(requests.length, answers.length) - 1];
    return { kind: 'answered', status: 200, body: '', retryAfterMs: null, ...answer } as TargetAnswer;
  };
  return { requests, send, bodies: () => requests.map(({ body }) => JSON.parse(String(body))) };
}

const sentBy = (sender: object, given: StoredTarget, message: AlertMessage): Promise<SendResult> =>
  (sender as Sender).send(given as never, message, new AbortController().signal);

const TELEGRAM = { kind: 'telegram', bot_token: '123:abc-DEF', chat_id: '-100' } as const;
const NTFY = { kind: 'ntfy', topic: 'desk' } as const;
const SLACK = { kind: 'slack', url: 'https://hooks.slack.com/services/T/B/x' } as const;
const DISCORD = { kind: 'discord', url: 'https://discord.com/api/webhooks/1/x' } as const;
const secret = newSigningSecret();
const WEBHOOK = { kind: 'webhook', url: 'https://example.com/hook', signing: { secret } } as const;

const telegram = (send: SendToTarget) =>
  createTelegramSender(send, { apiUrl: 'https://api.telegram.org', ...SHOWN });
const senders = {
  telegram: { of: telegram, target: TELEGRAM },
  ntfy: {
    of: (send: SendToTarget) => createNtfySender(send, { server: 'https://ntfy.sh', ...SHOWN }),
    target: NTFY,
  },
  slack: { of: (send: SendToTarget) => createSlackSender(send, SHOWN), target: SLACK },
  discord: { of: (send: SendToTarget) => createDiscordSender(send, SHOWN), target: DISCORD },
  webhook: { of: (send: SendToTarget) => createWebhookSender(send, clock), target: WEBHOOK },
} as const;

describe('a webhook', () => {
  it('is signed as the vector of Standard Webhooks says', () => {
    const body = '{"type":"alert.fired","timestamp":"2026-11-26T09:15:00Z","data":{"rule":"r1"}}';
    const signing = { secret: 'whsec_ZXhhbXBsZS1rZXktb25seS1mb3ItdGhpcy1zaGVldCE=' };
    expect(signedHeaders(signing, { id: 'msg_1', body, nowMs: NOW })).toEqual({
      'webhook-id': 'msg_1',
      'webhook-timestamp': '1795684500',
      'webhook-signature': 'v1,SyQr8hb5ulsmI6My01g4/3diz1OSGd/kymX44nZCnQA=',
    });
  });

  it('says what fired, in the same words at every try', async () => {
    const { send, requests } = target();
    const message = messageOf([firing()]);
    await sentBy(createWebhookSender(send, clock), WEBHOOK, message);
    await sentBy(createWebhookSender(send, createManualClock(NOW + 60_000)), WEBHOOK, message);
    expect(JSON.parse(String(requests[0].body))).toEqual({
      type: 'alert.fired',
      timestamp: '2026-11-26T09:15:00.000Z',
      data: {
        more: 0,
        alerts: [
          {
            ...{ id: 'f1', rule_id: 'r1', rule: 'PCR high', severity: 'warning' },
            ...{ product: 'NIFTY', expiry: '2026-12-01', at: '2026-11-26T09:15:00.000Z' },
            ...{ message: 'PCR of NIFTY is 1.24', figures: { pcr_oi: 1.24 } },
          },
        ],
      },
    });
    expect(requests[1].body).toBe(requests[0].body);
    expect(requests[1].headers['webhook-id']).toBe('msg_1');
    expect(requests[1].headers['webhook-timestamp']).toBe('1795684560');
    expect(requests[1].headers['webhook-signature']).not.toBe(requests[0].headers['webhook-signature']);
  });

  it('is signed by a replaced secret, too, until its time is over', () => {
    const former = newSigningSecret();
    const signing = { secret, former: { secret: former, untilMs: Date.now() + 1_000 } };
    const body = webhookBody(messageOf([firing()]));
    const headers = signedHeaders(signing, { id: 'msg_1', body, nowMs: Date.now() });
    for (const each of [secret, former]) expect(new Webhook(each).verify(body, headers)).toBeTruthy();
    expect(() => new Webhook(newSigningSecret()).verify(body, headers)).toThrow();
    const later = signedHeaders(signing, { id: 'msg_1', body, nowMs: Date.now() + 1_000 });
    expect(later['webhook-signature'].split(' ')).toHaveLength(1);
  });

  it('stays below 20 KB, says how many it leaves out, and is marked as a test', () => {
    const many = Array.from({ length: 100 }, (_, i) => firing({ id: `f${i}`, message: 'x'.repeat(500) }));
    const body = webhookBody(messageOf(many));
    expect(Buffer.byteLength(body)).toBeLessThan(20_000);
    const { data } = JSON.parse(body);
    expect(data.alerts.length + data.more).toBe(100);
    expect(data.alerts.at(-1).id).toBe('f99');
    expect(JSON.parse(webhookBody({ ...messageOf([firing()]), test: true })).type).toBe('alert.test');
  });

  it.each([
    [301, 'retry'],
    [400, 'retry'],
    [404, 'retry'],
    [410, 'gone'],
    [429, 'retry'],
    [500, 'retry'],
    [204, 'delivered'],
  ])('answered with %i is %s', async (status, outcome) => {
    const { send } = target({ status, body: 'a secret', retryAfterMs: 7_000 });
    const result = await sentBy(createWebhookSender(send, clock), WEBHOOK, messageOf([firing()]));
    expect(result).toMatchObject({ outcome, status, ...(outcome === 'retry' && { retryAfterMs: 7_000 }) });
    expect(JSON.stringify(result)).not.toContain('a secret');
  });
});

describe('Telegram', () => {
  it('takes HTML in which foreign text is only text', async () => {
    const { send, requests, bodies } = target();
    const text = { rule: '<b>&', message: '<a href="https://evil.example">x</a> & "y"' };
    await sentBy(telegram(send), TELEGRAM, messageOf([firing(text)]));
    expect(requests[0].url).toBe('https://api.telegram.org/bot123:abc-DEF/sendMessage');
    expect(bodies()[0]).toEqual({
      chat_id: '-100',
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
      text: '<b>Warning: &lt;b&gt;&amp; · NIFTY 2026-12-01</b>\n&lt;a href="https://evil.example"&gt;x&lt;/a&gt; &amp; "y"\n<i>2026-11-26 09:15:00 UTC</i>',
    });
  });

  it('cannot be led to another path by a token', async () => {
    const { send, requests } = target();
    await sentBy(telegram(send), { ...TELEGRAM, bot_token: '1:x/../../y?z#' }, messageOf([firing()]));
    expect(new URL(requests[0].url).pathname).toBe('/bot1:x%2F..%2F..%2Fy%3Fz%23/sendMessage');
  });

  it('follows a group that became a supergroup', async () => {
    const migrated = { status: 400, body: '{"ok":false,"parameters":{"migrate_to_chat_id":-1001234}}' };
    const { send, bodies } = target(migrated, {});
    const result = await sentBy(telegram(send), TELEGRAM, messageOf([firing()]));
    expect(bodies().map(({ chat_id }) => chat_id)).toEqual(['-100', '-1001234']);
    expect(result).toEqual({
      outcome: 'delivered',
      status: 200,
      moved: { ...TELEGRAM, chat_id: '-1001234' },
    });
    const circle = target({ ...migrated, body: migrated.body.replace('-1001234', '-100') });
    expect(await sentBy(telegram(circle.send), TELEGRAM, messageOf([firing()]))).toMatchObject({
      outcome: 'failed',
    });
    expect(circle.requests).toHaveLength(1);
  });

  it('says in its body how long to wait', async () => {
    const { send } = target({ status: 429, body: '{"parameters":{"retry_after":31}}', retryAfterMs: 1_000 });
    expect(await sentBy(telegram(send), TELEGRAM, messageOf([firing()]))).toEqual({
      outcome: 'retry',
      status: 429,
      reason: 'it takes no more for now (429)',
      retryAfterMs: 31_000,
    });
  });
});

describe('ntfy', () => {
  it('takes JSON at the root of its server, with priority, tag and link', async () => {
    const { send, requests, bodies } = target();
    const ntfy = createNtfySender(send, {
      server: 'https://ntfy.sh',
      ...SHOWN,
      pageUrl: 'https://ds.example',
    });
    await sentBy(ntfy, NTFY, messageOf([firing({ severity: 'critical' })]));
    await sentBy(ntfy, { ...NTFY, server: 'https://own.example', token: 'tk_x' }, messageOf([firing()]));
    expect(requests.map(({ url }) => url)).toEqual(['https://ntfy.sh', 'https://own.example']);
    expect(bodies()[0]).toMatchObject({
      topic: 'desk',
      title: 'Critical: PCR high · NIFTY 2026-12-01',
      priority: 5,
      tags: ['rotating_light'],
      click: 'https://ds.example',
    });
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Bearer tk_x']);
  });
});

describe('Slack', () => {
  it('takes blocks of plain text, and no markup in what notifications show', async () => {
    const { send, bodies } = target();
    await sentBy(
      senders.slack.of(send),
      SLACK,
      messageOf([firing({ rule: '<!channel> & *x*', message: '<https://evil.example|x>' })]),
    );
    expect(bodies()[0]).toEqual({
      text: 'Warning: &lt;!channel&gt; &amp; *x* · NIFTY 2026-12-01',
      blocks: [
        {
          type: 'header',
          text: { type: 'plain_text', emoji: false, text: 'Warning: <!channel> & *x* · NIFTY 2026-12-01' },
        },
        {
          type: 'section',
          text: {
            type: 'plain_text',
            emoji: false,
            text: '<https://evil.example|x>\n2026-11-26 09:15:00 UTC',
          },
        },
      ],
    });
  });

  it('has at most 50 blocks', async () => {
    const { send, bodies } = target();
    const slack = createSlackSender(send, { shownFirings: 1_000 });
    await sentBy(slack, SLACK, messageOf(Array.from({ length: 100 }, () => firing())));
    expect(bodies()[0].blocks).toHaveLength(50);
    expect(bodies()[0].blocks.at(-1).text.text).toBe('and 52 earlier alerts');
  });
});

describe('Discord', () => {
  it('mentions nobody and shows foreign text as it is written', async () => {
    const { send, bodies } = target();
    await sentBy(
      senders.discord.of(send),
      DISCORD,
      messageOf([firing({ rule: '@everyone', message: '[x](https://evil.example) **b**\n- 1. `c`' })]),
    );
    expect(bodies()[0]).toEqual({
      allowed_mentions: { parse: [] },
      flags: 4,
      content:
        '**Warning\\: \\@everyone · NIFTY 2026-12-01**\n\\[x\\]\\(https\\://evil.example\\) \\*\\*b\\*\\*\n\\- 1. \\`c\\`\n-# 2026-11-26 09:15:00 UTC',
    });
  });

  it('says in its body how long to wait', async () => {
    const { send } = target({ status: 429, body: '{"retry_after":0.3504}' });
    expect(await sentBy(senders.discord.of(send), DISCORD, messageOf([firing()]))).toMatchObject({
      retryAfterMs: 351,
    });
  });
});

describe.each(Object.entries(senders))('%s', (kind, { of, target: given }) => {
  it('tries again after what may pass, and gives up or says gone by what the status means', async () => {
    const outcomes: Record<number, string> = {};
    for (const status of [200, 204, 302, 400, 401, 403, 404, 408, 410, 413, 429, 500, 503]) {
      const { send } = target({ status });
      outcomes[status] = (await sentBy(of(send), given, messageOf([firing()]))).outcome;
    }
    expect(outcomes).toMatchObject({ 200: 'delivered', 204: 'delivered', 408: 'retry', 429: 'retry' });
    expect(outcomes).toMatchObject({ 500: 'retry', 503: 'retry' });
    const gone = Object.keys(outcomes).filter((status) => outcomes[Number(status)] === 'gone');
    expect(gone).toEqual(
      {
        telegram: ['401', '403', '404'],
        ntfy: ['401', '403'],
        slack: ['403', '404', '410'],
        discord: ['401', '403', '404'],
        webhook: ['410'],
      }[kind],
    );
    if (kind !== 'webhook') expect(outcomes).toMatchObject({ 302: 'failed', 400: 'failed', 413: 'failed' });
  });

  it('tries again without an answer, and not at an address that is refused', async () => {
    const away = target({ kind: 'failed', reason: 'no connection' });
    expect(await sentBy(of(away.send), given, messageOf([firing()]))).toEqual({
      outcome: 'retry',
      status: null,
      reason: 'no connection',
      retryAfterMs: null,
    });
    const refused = target({ kind: 'refused', reason: 'not public' });
    expect(await sentBy(of(refused.send), given, messageOf([firing()]))).toEqual({
      outcome: 'refused',
      status: null,
      reason: 'not public',
    });
  });

  it('stays within its limit, whatever is in the alerts', async () => {
    const { send, requests } = target();
    const long = Array.from({ length: 100 }, (_, i) =>
      firing({ id: `f${i}`, rule: '<'.repeat(100), message: '&😀*'.repeat(125) }),
    );
    await sentBy(of(send), given, messageOf(long));
    await sentBy(of(send), given, messageOf(long.slice(0, 1)));
    const limits = { telegram: 4_096, ntfy: 4_096, slack: 3_000, discord: 2_000, webhook: 20_000 };
    for (const { body } of requests) {
      const parsed = JSON.parse(String(body));
      const texts = {
        telegram: [parsed.text],
        ntfy: [parsed.message],
        slack: parsed.blocks?.map(({ text }: { text: { text: string } }) => text.text),
        discord: [parsed.content],
        webhook: [String(body)],
      }[kind as keyof typeof limits] as string[];
      for (const text of texts) {
        const size = kind === 'ntfy' || kind === 'webhook' ? Buffer.byteLength(text) : text.length;
        expect(size).toBeLessThanOrEqual(limits[kind as keyof typeof limits]);
        expect(text.isWellFormed()).toBe(true);
      }
    }
  });
});
