/** Numbers that a benchmark printed, by `row, column` of its tables. */
export type Figures = ReadonlyMap<string, number>;

const cellsOf = (line: string): string[] =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.replaceAll('**', '').trim());

/** `1,234`, `1.82M`, `94%`, `0.8 / 2.7`: the numbers of a cell; empty where it holds anything else. */
function numbersOf(cell: string): number[] {
  const parts = cell.split(' / ').map((part) => /^(-?[\d,]*\.?\d+)(k|M)?( ?[a-zA-Z%]+)?$/.exec(part.trim()));
  if (parts.some((part) => part === null)) return [];
  return parts.map((part) => {
    const [, digits = '', unit] = part ?? [];
    return Number(digits.replaceAll(',', '')) * (unit === 'M' ? 1e6 : unit === 'k' ? 1e3 : 1);
  });
}

/** A second table may have the names of the first one. */
function unusedName(figures: Figures, name: string, turn = 2): string {
  if (!figures.has(name)) return name;
  const next = `${name}, table ${turn}`;
  return figures.has(next) ? unusedName(figures, name, turn + 1) : next;
}

/** Reads the Markdown tables of a benchmark's output. A cell with several numbers gives one figure for each. */
export function readFigures(markdown: string): Figures {
  const figures = new Map<string, number>();
  let header: string[] | null = null;
  for (const line of markdown.split('\n')) {
    if (!line.trim().startsWith('|')) {
      header = null;
      continue;
    }
    const cells = cellsOf(line);
    if (header === null) {
      header = cells;
      continue;
    }
    const [row, ...rest] = cells;
    for (const [i, cell] of rest.entries()) {
      const values = numbersOf(cell);
      for (const [n, value] of values.entries()) {
        const part = values.length > 1 ? ` (${n + 1})` : '';
        figures.set(unusedName(figures, `${row}, ${header[i + 1]}${part}`), value);
      }
    }
  }
  return figures;
}
