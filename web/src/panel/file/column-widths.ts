/** Pixels between the texts of neighbouring columns, so that they are not read as one. */
export const COLUMN_GAP = 16;
/** A longer text is squeezed: a sentence would make a picture that no screen shows. */
const MOST = 420;

/** The width of each column of a picture: that of its longest text, and the gap beside it. */
export function columnWidths(
  lines: readonly (readonly string[])[],
  widthOf: (text: string) => number,
): readonly number[] {
  const [titles = []] = lines;
  return titles.map((_, i) => {
    const longest = lines.reduce((most, line) => Math.max(most, widthOf(line[i] ?? '')), 0);
    return Math.ceil(Math.min(MOST, longest)) + COLUMN_GAP;
  });
}
