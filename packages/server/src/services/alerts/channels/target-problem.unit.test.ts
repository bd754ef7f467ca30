import { createECDH } from 'node:crypto';
import type { ChannelTarget } from '@deltastream/contracts';
import { expect, it } from 'vitest';
import { createDestinationRule } from '../delivery/target-requests/destination.ts';
import { targetProblem } from './target-problem.ts';

const destinations = createDestinationRule({ ports: [443], allowed: ['ntfy.lan:80'], nat64: false });
const problemOf = (target: ChannelTarget, hasMail = true) => targetProblem(target, { destinations, hasMail });

const keys = {
  p256dh: createECDH('prime256v1').generateKeys().toString('base64url'),
  auth: Buffer.alloc(16).toString('base64url'),
};
const telegram = (bot_token: string): ChannelTarget => ({ kind: 'telegram', bot_token, chat_id: '1' });

it.each<[ChannelTarget]>([
  [{ kind: 'email', to: 'first.last+tag@mail.example.com' }],
  [{ kind: 'webhook', url: 'https://example.com/hook?a=1' }],
  [telegram('123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11')],
  [{ kind: 'ntfy', topic: 'desk' }],
  [{ kind: 'ntfy', topic: 'desk', server: 'http://ntfy.lan', token: 'tk_abc' }],
  [{ kind: 'slack', url: 'https://hooks.slack.com/services/T/B/x' }],
  [{ kind: 'discord', url: 'https://discord.com/api/webhooks/1/x' }],
  [{ kind: 'web_push', endpoint: 'https://fcm.googleapis.com/fcm/send/x', ...keys }],
])('%j may be sent to', (target) => {
  expect(problemOf(target)).toBeNull();
});

it.each<[ChannelTarget, string]>([
  [{ kind: 'webhook', url: 'http://example.com/' }, 'target.url: the URL must be https'],
  [
    { kind: 'webhook', url: 'https://169.254.169.254/' },
    'target.url: the address is not one of the public internet',
  ],
  [{ kind: 'slack', url: 'https://[::1]/' }, 'target.url: the address is not one of the public internet'],
  [{ kind: 'discord', url: 'https://u:p@discord.com/' }, 'target.url: the URL may not carry credentials'],
  [
    { kind: 'ntfy', topic: 'desk', server: 'https://ntfy.lan:8080' },
    'target.server: port 8080 is not allowed',
  ],
  [
    { kind: 'ntfy', topic: 'desk', token: 'a\r\nx: y' },
    'target.token: has a space or a character that no header takes',
  ],
  [
    { kind: 'web_push', endpoint: 'https://127.1/', ...keys },
    'target.endpoint: the address is not one of the public internet',
  ],
  [
    { kind: 'web_push', endpoint: 'https://push.example/', ...keys, auth: 'AAAA' },
    'target.auth: is not 16 bytes in base64url',
  ],
  [telegram('bot/../../x'), 'target.bot_token: is not the token of a bot'],
  [telegram('123456:short'), 'target.bot_token: is not the token of a bot'],
])('%j may not: %s', (target, problem) => {
  expect(problemOf(target)).toBe(problem);
});

it.each([
  'a@example.com, b@example.com',
  'a@example.com;b@example.com',
  '"a" <a@example.com>',
  'a b@example.com',
  'a@example.com\r\nBcc: b@example.com',
  'list:a@example.com',
  'a@b@example.com',
  '@example.com',
  'a@[127.0.0.1]',
])('%j is not one plain address', (to) => {
  expect(problemOf({ kind: 'email', to })).toBe('target.to: is not one plain e-mail address');
});

it('says that there is no mail server', () => {
  expect(problemOf({ kind: 'email', to: 'a@example.com' }, false)).toBe(
    'target.kind: the platform has no mail server',
  );
});
