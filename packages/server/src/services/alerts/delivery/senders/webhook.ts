import type { Clock } from '../../../../ports/clock.ts';
import type { AlertMessage, DeliveredFiring } from '../messages/alert-message.ts';
import type { SendToTarget } from '../target-requests/target-request.ts';
import { resultOf, type Sender, type StatusRule } from './sender.ts';
import { signedHeaders } from './webhook-signature.ts';

/** Standard Webhooks keeps a body below 20 KB. */
const MAX_BODY_BYTES = 20_000;

/** Its receiver may be being deployed: whatever fails is tried again, as Standard Webhooks has it, but 410. */
const STATUSES: StatusRule = {
  gone: { 410: 'the receiver says that it is gone (410)' },
  isRetried: () => true,
};

/** Posts JSON that is signed as by Standard Webhooks. */
export function createWebhookSender(send: SendToTarget, clock: Pick<Clock, 'now'>): Sender<'webhook'> {
  return {
    async send({ url, signing }, message, signal) {
      if (signing === undefined) throw new TypeError('a webhook is kept with its signing secret');
      const body = webhookBody(message);
      const headers = {
        'content-type': 'application/json',
        ...signedHeaders(signing, { id: message.id, body, nowMs: clock.now() }),
      };
      return resultOf(await send({ method: 'POST', url, headers, body }, signal), STATUSES);
    },
  };
}

/** The same text at each try, so that a receiver may compare. Of what would be too long the latest alerts are in it. */
export function webhookBody({ test, firings }: AlertMessage): string {
  for (let first = 0; ; first++) {
    const alerts = firings.slice(first);
    const body = JSON.stringify({
      type: test ? 'alert.test' : 'alert.fired',
      timestamp: new Date(firings[firings.length - 1].at).toISOString(),
      data: { alerts: alerts.map(viewOf), more: first },
    });
    if (alerts.length === 1 || Buffer.byteLength(body) < MAX_BODY_BYTES) return body;
  }
}

const viewOf = ({ id, ruleId, rule, severity, product, expiry, at, message, figures }: DeliveredFiring) => ({
  id,
  rule_id: ruleId,
  ...{ rule, severity, product, expiry },
  at: new Date(at).toISOString(),
  message,
  figures,
});
