import { expect, it } from 'vitest';
import { auditRequest, auditRows, SECURITY_EVENTS } from './security-events.ts';

it('asks for security events alone, by what is looked for', () => {
  expect(auditRequest({})).toEqual({ service: 'auth', fields: 'audit=true' });
  expect(auditRequest({ event: 'login_refused', user: '7', ip: '10.0.0.1', by: '1' })).toEqual({
    service: 'auth',
    fields: 'audit=true,by=1,ip=10.0.0.1',
    event: 'login_refused',
    user_id: '7',
  });
});

it('says who did what, when and from where', () => {
  const line = {
    timestamp: '2026-11-28T10:00:00.000Z',
    level: 'info',
    service: 'auth',
    message: 'an administrator gave an account another role',
    event: 'user_role_changed',
    request_id: 'r1',
    trace_id: null,
    span_id: null,
    user_id: '7',
    product: null,
    fields: { audit: true, by: '1', ip: '10.0.0.1', role: 'trader', sessions: 2, key_id: null },
  } as const;
  const unknown = { ...line, event: 'of_a_later_release', user_id: null, fields: { audit: true } };
  expect(auditRows([line, unknown], (iso) => iso.slice(11, 19))).toEqual([
    ['10:00:00', line.message, '7', '1', '10.0.0.1', 'role trader, sessions 2', 'r1'],
    ['10:00:00', 'of_a_later_release', null, null, null, null, 'r1'],
  ]);
  expect(SECURITY_EVENTS.map(([name]) => name)).toContain('login_refused');
});
