import { describe, expect, it } from 'vitest';
import { createKeySequence, type PressedKey } from './key-sequence.ts';

const BOUND = new Set(['l', '?', 'g c', 'Mod+k']);
const NONE = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

/** As a browser has them, properties of an event are getters of its class. */
const asEvent = (pressed: PressedKey): PressedKey => Object.create(pressed);

function typing(single = true) {
  const sequence = createKeySequence((keys) => BOUND.has(keys));
  return (key: string, timeStamp = 0, changes = {}) =>
    sequence.pressed(asEvent({ ...NONE, key, timeStamp, ...changes }), single);
}

describe('keys of the page', () => {
  it('are single ones, two after each other, and with Ctrl or Cmd', () => {
    const type = typing();
    expect([type('l'), type('x'), type('?')]).toEqual(['l', null, '?']);
    expect([type('g', 0), type('c', 900)]).toEqual([null, 'g c']);
    expect([type('g', 0), type('c', 1_100)]).toEqual([null, null]);
    expect(type('K', 0, { ctrlKey: true })).toBe('Mod+k');
    expect(type('k', 0, { metaKey: true, shiftKey: true })).toBeNull();
    expect(type('l', 0, { altKey: true })).toBeNull();
  });

  it('are only those with Ctrl or Cmd where single ones are switched off', () => {
    const type = typing(false);
    expect([type('l'), type('?'), type('g'), type('c')]).toEqual([null, null, null, null]);
    expect(type('k', 0, { ctrlKey: true })).toBe('Mod+k');
  });
});
