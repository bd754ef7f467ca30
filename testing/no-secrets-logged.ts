import { afterAll, expect } from 'vitest';
import { beginScans, takeFindings } from '../e2e/support/meters/planted-secrets.ts';

beginScans();

/** After each suite of processes: no password, token or key that it used is in an output, a log or an audit trail. */
afterAll(() => {
  expect(takeFindings()).toEqual([]);
});
