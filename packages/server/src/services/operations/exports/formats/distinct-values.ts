/** Each distinct value in the order in which they come first, and of each value its position among them. */
export function indexed(values: Float64Array | Int32Array): { indexes: Int32Array; distinct: number[] } {
  const indexes = new Int32Array(values.length);
  const known = new Map<number, number>();
  const distinct: number[] = [];
  const add = (value: number): number => {
    known.set(value, distinct.length);
    return distinct.push(value) - 1;
  };
  let last = Number.NaN;
  let index = -1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    // Most repeat the one before, or come in the order of before: of one contract the instants of the one above it.
    if (value !== last) {
      last = value;
      index = index + 1 < distinct.length ? index + 1 : 0;
      if (value !== distinct[index]) index = known.get(value) ?? add(value);
    }
    indexes[i] = index;
  }
  return { indexes, distinct };
}
