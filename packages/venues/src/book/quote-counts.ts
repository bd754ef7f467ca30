/** Quotes that were not taken, or that are odd, by kind. */
export interface QuoteCounts {
  taken: number;
  /** Older than what is held of the contract, by the venue's clock: not taken, unless nothing newer comes for long. */
  late: number;
  /** As the one before, of the same instant: nothing to take. */
  duplicate: number;
  /** Of an instrument that nobody asked for: not taken. */
  foreign: number;
  /** Of a contract that is not open for trade: not taken. */
  closed: number;
  /** A price or an amount is infinite or below 0: that cell is not taken. */
  bad_value: number;
  /** Bid above ask; taken. */
  crossed: number;
  /** Everything became 0: held until other contracts of the expiry show that it is true. */
  zero: number;
  /** Open interest became 0: held likewise. */
  open_interest_zero: number;
  /** Volume of the session fell; taken. */
  volume_back: number;
  /** The underlying at 0: not taken. */
  spot_zero: number;
  /** Contracts beyond the strikes that a chain may have. */
  too_many_strikes: number;
}

export const noQuoteCounts = (): QuoteCounts => ({
  taken: 0,
  late: 0,
  duplicate: 0,
  foreign: 0,
  closed: 0,
  bad_value: 0,
  crossed: 0,
  zero: 0,
  open_interest_zero: 0,
  volume_back: 0,
  spot_zero: 0,
  too_many_strikes: 0,
});
