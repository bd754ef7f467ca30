import { describe, expect, it } from 'vitest';
import { TARGET_FIELDS, targetOf } from './channel-targets.ts';

describe('the target of a channel', () => {
  it('has the fields of its kind alone, without those that are empty', () => {
    const values = { name: 'Desk', url: 'https://example.com', topic: 'alerts', server: '', token: 'tk' };
    expect(targetOf('slack', values)).toEqual({ kind: 'slack', url: 'https://example.com' });
    expect(targetOf('ntfy', values)).toEqual({ kind: 'ntfy', topic: 'alerts', token: 'tk' });
  });

  it('hides what is a secret while it is typed', () => {
    const hidden = Object.values(TARGET_FIELDS).flatMap((fields) =>
      fields.filter(({ type }) => type === 'password').map(({ name }) => name),
    );
    expect(hidden).toEqual(['bot_token', 'token']);
  });
});
