import { PRODUCT_SYMBOL } from '@deltastream/client';
import type { Pin } from '../../market/view/pin.ts';

/** A panel of a layout: the same kind may stand in it several times, each pinned to something else. */
export interface PlacedId {
  /** Its kind. */
  readonly panel: string;
  /** Null for what the page shows. */
  readonly pin: Pin | null;
}

/**
 * A panel and its pin in characters that an address need not escape: `smile`, `smile*BTC` or `smile*BTC*2026-12-25`. In
 * a symbol `--` is a hyphen, and a hyphen before two digits the character of that hexadecimal code: `M-26M` is `M&M`.
 */
export function formatPanelId({ panel, pin }: PlacedId): string {
  if (pin === null) return panel;
  const parts = [panel, escaped(pin.product)];
  return (pin.expiry === null ? parts : [...parts, pin.expiry]).join('*');
}

/** Null where the text is none that `formatPanelId` writes. */
export function parsePanelId(text: string): PlacedId | null {
  const [panel, symbol, expiry = null, ...more] = text.split('*');
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(panel) || more.length > 0) return null;
  if (symbol === undefined) return { panel, pin: null };
  const product = unescaped(symbol);
  const isProduct = PRODUCT_SYMBOL.test(product) && escaped(product) === symbol;
  if (!isProduct || (expiry !== null && !isDate(expiry))) return null;
  return { panel, pin: { product, expiry } };
}

const escaped = (symbol: string): string =>
  symbol.replace(/[^A-Z0-9]/g, (each) =>
    each === '-' ? '--' : `-${each.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );

const unescaped = (text: string): string =>
  text.replace(/--|-([0-9a-f]{2})/g, (_all, code?: string) =>
    code === undefined ? '-' : String.fromCharCode(Number.parseInt(code, 16)),
  );

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
