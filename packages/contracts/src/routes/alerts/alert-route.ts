import Type from 'typebox';
import { ALERT_OWNERS } from '../../alerts/alert-rule.ts';
import { routesOf } from '../route.ts';

const failures = ['invalid_request', 'unauthenticated', 'invalid_token', 'forbidden'] as const;

/**
 * Routes for the rules and firings of an account. Without a token, where none is required, callers on the machine share
 * an account of their own, `local`.
 */
export const alertReadRoute = routesOf({
  access: { scope: 'alerts:read', role: 'viewer', openWithoutTokens: true },
  failures,
});
export const alertChangeRoute = routesOf({
  access: { scope: 'alerts:manage', role: 'viewer', openWithoutTokens: true },
  failures: [...failures, 'unavailable'],
});

/**
 * Routes that make the platform send something out. Whoever registers is a viewer: a role that somebody gave is needed,
 * or the mail server of a platform where all may register could be used by anybody to send to anybody.
 */
export const alertSendRoute = routesOf({
  access: { scope: 'alerts:manage', role: 'trader', openWithoutTokens: true },
  failures: [...failures, 'unavailable'],
});

export const AlertId = Type.String({ minLength: 1, maxLength: 64 });
export const AlertParams = Type.Object({ id: AlertId });

export const ownerField = {
  owner: Type.Optional(
    Type.Enum([...ALERT_OWNERS], {
      default: 'me',
      description: "`operator`: the platform's own, which administrators share",
    }),
  ),
} as const;

/** The version that was read, so that no change is lost unseen. */
export const KnownAlertVersion = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'The version that was read; refused when another is stored by now',
});
