import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BROKER_WAYS, EXCHANGE_WAY } from './venue-ways.ts';

const SETTINGS = readFileSync(new URL('../../../../docs/settings.md', import.meta.url), 'utf8');

it.each([EXCHANGE_WAY, ...BROKER_WAYS])(
  'follows $venue by flags that the platform has',
  ({ venue, flags }) => {
    const names = flags.match(/--[a-z-]+/g) ?? [];
    expect(names[0]).toBe('--source');
    for (const name of names) expect(SETTINGS).toContain(`\`${name}\``);
    expect(flags).toContain(`--source ${venue}`);
    const [, known] = SETTINGS.match(/live venues by comma \(([a-z,]+), /) ?? [];
    expect(known?.split(',')).toContain(venue);
  },
);
