const PAGE = 65536;
const DOUBLE_COLUMNS = 8;
const MOST_SIZES = 64;

/** Columns of a slice in the memory of a SIMD module: views for this side, byte addresses for the other. */
export interface SimdColumns {
  rows: number;
  /** Rows as the module counts them, in pairs. */
  even: number;
  strikesAt: number;
  pricesAt: number;
  ivAt: number;
  deltaAt: number;
  gammaAt: number;
  thetaAt: number;
  vegaAt: number;
  rhoAt: number;
  sidesAt: number;
  statusAt: number;
  /** Inputs, and the status, with the padding row of an odd number. */
  strikes: Float64Array;
  prices: Float64Array;
  sides: Int8Array;
  statusOfPairs: Uint8Array;
  /** Outputs, of exactly `rows` rows. */
  iv: Float64Array;
  delta: Float64Array;
  gamma: Float64Array;
  theta: Float64Array;
  vega: Float64Array;
  rho: Float64Array;
  status: Uint8Array;
}

function layOut(buffer: ArrayBuffer, first: number, rows: number): SimdColumns {
  const even = rows + (rows & 1);
  const at = (column: number) => first + 8 * even * column;
  const input = (column: number) => new Float64Array(buffer, at(column), even);
  const output = (column: number) => new Float64Array(buffer, at(column), rows);
  const sidesAt = at(DOUBLE_COLUMNS);
  const statusAt = sidesAt + even;
  return {
    rows,
    even,
    strikesAt: at(0),
    pricesAt: at(1),
    ivAt: at(2),
    deltaAt: at(3),
    gammaAt: at(4),
    thetaAt: at(5),
    vegaAt: at(6),
    rhoAt: at(7),
    sidesAt,
    statusAt,
    strikes: input(0),
    prices: input(1),
    sides: new Int8Array(buffer, sidesAt, even),
    statusOfPairs: new Uint8Array(buffer, statusAt, even),
    iv: output(2),
    delta: output(3),
    gamma: output(4),
    theta: output(5),
    vega: output(6),
    rho: output(7),
    status: new Uint8Array(buffer, statusAt, rows),
  };
}

/**
 * Lays columns over a module's memory from `first` on, one layout per number of rows, all over the same bytes. The
 * layouts of the sizes in use are kept, so that slices of recurring sizes allocate nothing; growing the memory
 * detaches them all.
 */
export function createSimdMemory(memory: WebAssembly.Memory, first: number): (rows: number) => SimdColumns {
  const layouts = new Map<number, SimdColumns>();
  return (rows) => {
    const known = layouts.get(rows);
    if (known !== undefined) return known;
    const missing = first + (rows + 1) * (8 * DOUBLE_COLUMNS + 2) - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    if (missing > 0 || layouts.size >= MOST_SIZES) layouts.clear();
    const columns = layOut(memory.buffer, first, rows);
    layouts.set(rows, columns);
    return columns;
  };
}
