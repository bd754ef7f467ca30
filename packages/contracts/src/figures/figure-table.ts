import type { Figure } from './figure.ts';

/** The figures as a table in Markdown, for docs/figures.md. */
export function figureTable(figures: Readonly<Record<string, Figure>>): string {
  const rows = Object.entries(figures).map(
    ([name, { description, unit, source, nullWhen, since }]) =>
      `| \`${name}\` | ${description} | ${unit} | ${source} | ${nullWhen ?? 'never'} | ${since} |`,
  );
  return [
    '| field | meaning | unit | defined by | null when | since |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}
