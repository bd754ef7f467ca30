import { describe, expect, it } from 'vitest';
import { formatLayout } from './layout/layout-text.ts';
import { DEFAULT_NAME, shippedLayout } from './saved/shipped.ts';
import { layoutOf, readWorkspace, writeWorkspace } from './workspace-address.ts';

const byDefault = shippedLayout(DEFAULT_NAME);
const shown = (name: string | null, given: string | null, ofName: string | null) => {
  const { layout, notice } = layoutOf(name, given, ofName);
  return { text: formatLayout(layout), notice };
};

const layoutAndNotice = (name: string, given: string | null) => {
  const { layout, notice } = layoutOf(name, given, null, 'the server is away.');
  return { text: formatLayout(layout), notice };
};

describe('the workspace of an address', () => {
  it('is read as it was written, beside what others keep there', () => {
    const search = writeWorkspace('?product=BTC', {
      name: 'Expiry & co',
      text: '1.R2.40.chain.60.smile_*skew',
    });
    expect(search).toBe('?product=BTC&workspace=Expiry+%26+co&layout=1.R2.40.chain.60.smile_*skew');
    expect(readWorkspace(search)).toEqual({ name: 'Expiry & co', text: '1.R2.40.chain.60.smile_*skew' });
    expect(writeWorkspace(search, { name: null })).toBe('?product=BTC&layout=1.R2.40.chain.60.smile_*skew');
    expect(readWorkspace('?layout=')).toEqual({ name: null, text: '' });
  });

  it('is what the address says, else what is saved under its name', () => {
    expect(shown('Mine', '1.chain', '1.smile')).toEqual({ text: '1.chain', notice: null });
    expect(shown('Mine', null, '1.smile')).toEqual({ text: '1.smile', notice: null });
    expect(shown(null, '1', null)).toEqual({ text: '1', notice: null });
  });

  it('is the default one while the server does not say what the name stands for, unless a link does', () => {
    const { text, notice } = layoutAndNotice('Mine', null);
    expect(text).toBe(byDefault);
    expect(notice).toContain('The workspace “Mine” cannot be read: the server is away. “Intraday index”');
    expect(layoutAndNotice('Mine', '1.chain')).toEqual({ text: '1.chain', notice: null });
  });

  it.each([
    ['a broken link', 'Mine', '1.R2', '1.smile', 'The layout in the address cannot be shown: '],
    ['a broken workspace', 'Mine', null, '{"grid":1}', 'The workspace “Mine” cannot be shown: '],
    ['a name that nothing is saved under', 'Mine', null, null, 'There is no workspace called “Mine” here.'],
  ])('is the default one for %s, with the reason', (_case, name, given, ofName, reason) => {
    const { text, notice } = shown(name, given, ofName);
    expect(text).toBe(byDefault);
    expect(notice).toContain(reason);
    expect(notice).toContain('“Intraday index” is shown instead.');
  });
});
