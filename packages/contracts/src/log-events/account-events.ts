import { error, info, warn } from './log-event.ts';

/** Accounts. */
export const AUTH_EVENTS = {
  account_states_not_published: warn(
    'a change of an account was not told; who keeps things of it asks later',
  ),
  account_states_left_out: warn('a message about the states of accounts was left out'),
  audit_not_written: warn('security events wait: the user store does not take them'),
  audit_noted: info('the newest security event, by number and hash: the trail must have it for good'),
  audit_events_removed: info('security events were removed because of their age or number'),
  audit_trail_broken: error('the trail of security events is not as it was written'),
  auth_upkeep_failed: warn('the upkeep of accounts failed'),
  orphans_removed: info('removed keys and documents of deleted accounts'),
  revocations_not_published: warn('revocations could not be published; they will be repeated'),
  signing_key_secret_changed: error('the key file has another secret than at the start; restart to use it'),
  signing_keys_rotated: info('signing keys rotated'),
} as const;

/** What a security review wants to find later. */
export const SECURITY_EVENTS = {
  audit_started: info('the trail of security events begins'),
  audit_events_lost: warn(
    'so many security events before were not kept: the user store was away for too long',
  ),
  operator_command: info('an operator told the platform to do something'),
  user_registered: info('an account was made'),
  user_deleted: info('an account was deleted by its owner'),
  user_role_changed: info('an administrator gave an account another role'),
  user_disabled: info('an administrator disabled an account'),
  user_enabled: info('an administrator enabled an account'),
  login_succeeded: info('a login'),
  login_refused: info('a login that is not right, or of a disabled account'),
  login_throttled: warn('logins come too fast and wait or are refused'),
  login_second_factor_refused: info('a login with a wrong second-factor code'),
  session_reused: warn('a refresh token was used twice: its session is revoked'),
  session_revoked: info('a session was ended'),
  session_revoked_all: info('all sessions of an account were ended'),
  password_changed: info('a password was changed'),
  password_rehashed: info('a password was hashed anew with the parameters of today'),
  confirmation_refused: info('a change was not confirmed by its owner'),
  second_factor_enabled: info('an account asks for a second factor from now on'),
  second_factor_removed: info('an account no longer asks for a second factor'),
  second_factor_recovery_code_used: warn('a login with a recovery code'),
  api_key_created: info('an API key was made'),
  api_key_revoked: info('an API key was revoked'),
  api_key_refused: info('an API key that is not good any more'),
  identity_linked: info('an identity of a provider was linked to an account'),
  external_login_refused: info('a login at a provider that is not good'),
} as const;
