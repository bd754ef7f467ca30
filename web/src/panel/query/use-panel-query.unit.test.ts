import { expect, it } from 'vitest';
import { staleText } from './use-panel-query.ts';

it('says of figures that they are of another request, or could not be refreshed', () => {
  expect(staleText(true, false, null)).toBeNull();
  expect(staleText(true, true, null)).toBe('loading');
  expect(staleText(true, false, new Error('away'))).toBe('not refreshed');
  expect(staleText(false, true, new Error('away'))).toBeNull();
});
