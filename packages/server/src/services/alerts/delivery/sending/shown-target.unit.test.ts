import { expect, it } from 'vitest';
import type { StoredTarget } from '../senders/sender.ts';
import { shownTarget } from './shown-target.ts';

it.each<[StoredTarget, string]>([
  [{ kind: 'email', to: 'trader@example.com' }, 't…@example.com'],
  [{ kind: 'webhook', url: 'https://example.com:8443/secret' }, 'example.com:8443'],
  [{ kind: 'telegram', bot_token: '123456:abcdef', chat_id: '-1001234567' }, 'chat …67, bot 123456'],
  [{ kind: 'ntfy', topic: 'a-long-secret-topic' }, 'ntfy …opic'],
  [{ kind: 'ntfy', topic: 'abc', server: 'https://own.example/' }, 'own.example …'],
  [{ kind: 'slack', url: 'https://hooks.slack.com/services/T/B/abcdefgh' }, 'hooks.slack.com …efgh'],
  [{ kind: 'web_push', endpoint: 'https://push.example/secret', p256dh: 'p', auth: 'a' }, 'push.example'],
])('%j is shown as %s', (target, shown) => {
  expect(shownTarget(target)).toBe(shown);
});
