import { expiryText } from '../../format/format.ts';

/** What a panel shows whatever the page shows; the instant is the page's. */
export interface Pin {
  readonly product: string;
  /** `2026-12-25`; null is the nearest one, as on a page whose address names none. */
  readonly expiry: string | null;
}

/** The title of a panel with what it is pinned to, if it is. */
export function titleWith(title: string, pin: Pin | null): string {
  if (pin === null) return title;
  return [`${title}: ${pin.product}`, ...(pin.expiry === null ? [] : [expiryText(pin.expiry)])].join(', ');
}
