/** Characters of a number at most: a sign, 17 digits, a point and an exponent; or a sign, 21 digits. */
export const NUMBER_LENGTH = 25;

/** Decimals of at most 15 digits: no two of them are the same double, so that the one that is found is the shortest. */
const MOST_DIGITS = 15;
const POWERS = Float64Array.from({ length: MOST_DIGITS + 1 }, (_, places) => Number(`1e${places}`));
const MOST = POWERS[MOST_DIGITS];
/** Smaller ones are written with an exponent. */
const LEAST_PLAIN = 1e-6;
/** Digits of an integer of 32 bits. */
const FEW_DIGITS = 9;
const FEW = POWERS[FEW_DIGITS];
const [ZERO, MINUS, POINT] = ['0', '-', '.'].map((each) => each.charCodeAt(0));

/**
 * Writes the characters of `String(cell)`, the sign of a zero too, from `at`; returns where they end. Not of NaN. Prices,
 * sizes and figures as they are published are integers of some decimals, whose digits are sooner found than those of a
 * double of which nothing is known: of as many as the number before had, which `places` says at `column`.
 */
export function writeNumber(
  bytes: Uint8Array,
  at: number,
  cell: number,
  places: Uint8Array,
  column: number,
): number {
  const size = Math.abs(cell);
  let end = at;
  if (cell < 0 || Object.is(cell, -0)) bytes[end++] = MINUS;
  if (size < LEAST_PLAIN && size !== 0) return writeText(bytes, end, String(size));
  let scaled = scaledBy(size, places[column]);
  for (let tried = 0; scaled < 0; tried++) {
    if (tried > MOST_DIGITS) return writeText(bytes, end, String(size));
    scaled = scaledBy(size, tried);
    if (scaled >= 0) places[column] = tried;
  }
  const digits = places[column];
  const whole = Math.floor(size);
  end = writeInteger(bytes, end, whole, digitsOf(whole));
  const fraction = scaled - whole * POWERS[digits];
  if (fraction === 0) return end;
  bytes[end] = POINT;
  end = writeInteger(bytes, end + 1, fraction, digits);
  while (bytes[end - 1] === ZERO) end -= 1;
  return end;
}

/** The integer of so many decimals to which a number is the nearest double; -1 where there is none of few digits. */
function scaledBy(size: number, places: number): number {
  const scaled = Math.round(size * POWERS[places]);
  return scaled < MOST && scaled / POWERS[places] === size ? scaled : -1;
}

function digitsOf(whole: number): number {
  let digits = 1;
  while (whole >= POWERS[digits]) digits += 1;
  return digits;
}

/** Zeros before it where it has fewer digits. */
function writeInteger(bytes: Uint8Array, at: number, value: number, digits: number): number {
  if (digits <= FEW_DIGITS) return writeDigits(bytes, at, value | 0, digits);
  const many = Math.floor(value / FEW);
  const end = writeDigits(bytes, at, many | 0, digits - FEW_DIGITS);
  return writeDigits(bytes, end, (value - many * FEW) | 0, FEW_DIGITS);
}

function writeDigits(bytes: Uint8Array, at: number, value: number, digits: number): number {
  let left = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const tens = (left / 10) | 0;
    bytes[i] = ZERO + left - 10 * tens;
    left = tens;
  }
  return at + digits;
}

function writeText(bytes: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
}
