import type { Format } from '../../format/format.ts';

/** What a file says of the figures in it. */
export interface Saved {
  readonly caption: string;
  /** ISO-8601; null where the panel does not say. */
  readonly asOf: string | null;
  /** Of the chain that is shown; null where it is not known, undefined where the figures are of no market. */
  readonly source: string | null | undefined;
}

const isSynthetic = (source: Saved['source']): boolean => source?.startsWith('synthetic') ?? false;
const MAX_CAPTION = 120; // With the rest of a name it stays below what file systems take.

/** A name without ending: what it is of, the instant in UTC, and that it is synthetic where it is. */
export function fileNameOf({ caption, asOf, source }: Saved): string {
  return [caption.slice(0, MAX_CAPTION), asOf, isSynthetic(source) ? 'synthetic data' : null]
    .filter((part) => part !== null)
    .join(' ')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}

/** The line below the title of a picture. */
export function originOf({ asOf, source }: Saved, { instant }: Pick<Format, 'instant'>): string {
  const parts = asOf === null ? [] : [`as of ${instant(asOf)}`];
  if (isSynthetic(source)) parts.push('synthetic data');
  else if (source !== undefined) parts.push(`source: ${source ?? 'not known'}`);
  return parts.join(', ');
}
