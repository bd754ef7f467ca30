/** Fields of an entry: `f`, the frame and, where it was published with one, `c` and its context. */
export const contextOf = (fields: readonly Buffer[]): string | undefined => fields[3]?.toString();
