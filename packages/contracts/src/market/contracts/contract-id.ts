import Type from 'typebox';
import { SIDES, type Side } from '../columns.ts';

const PATTERN = /^([A-Z0-9][A-Z0-9._&-]{0,23})-(\d{4}-\d{2}-\d{2})-(\d{1,12}(?:\.\d{1,8})?)-(C|P)$/;

/** One option contract by name: product, expiry, strike, and C for a call or P for a put. */
export const ContractId = Type.String({
  pattern: PATTERN.source,
  description: 'PRODUCT-YYYY-MM-DD-STRIKE-C or -P; the strike in decimal digits, without superfluous zeros',
  examples: ['NIFTY-2026-08-25-24200-C', 'BTC-2026-09-25-60000-P'],
});

export interface Contract {
  readonly product: string;
  readonly expiry: string;
  readonly strike: number;
  readonly side: Side;
}

export const contractId = ({ product, expiry, strike, side }: Contract): string =>
  `${product}-${expiry}-${strike}-${side === 'call' ? 'C' : 'P'}`;

/** The contract of an id; null where the text is not an id, or not the one that `contractId` writes. */
export function parseContractId(id: string): Contract | null {
  const found = PATTERN.exec(id);
  if (found === null) return null;
  const [, product, expiry, strike, letter] = found;
  const contract = { product, expiry, strike: Number(strike), side: SIDES[letter === 'C' ? 0 : 1] };
  return contractId(contract) === id ? contract : null;
}
