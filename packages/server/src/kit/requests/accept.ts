interface Range {
  readonly type: string;
  readonly subtype: string;
  readonly quality: number;
}

/**
 * The offered media type that an `Accept` header likes best (RFC 9110, 12.5.1), the earlier one on a tie; null
 * when it takes none of them. A more specific range overrides a wider one; what cannot be read is passed over.
 */
export function preferredType<const T extends string>(
  accept: string | undefined,
  offered: readonly T[],
): T | null {
  if (accept === undefined || accept === '*/*' || accept.trim() === '') return offered[0];
  const ranges = accept.split(',').flatMap(readRange);
  let best: T | null = null;
  let bestQuality = 0;
  for (const offer of offered) {
    const quality = qualityOf(offer, ranges);
    if (quality > bestQuality) {
      best = offer;
      bestQuality = quality;
    }
  }
  return best;
}

function readRange(text: string): Range[] {
  const [range, ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const [, type, subtype] = /^([^\s/]+)\/([^\s/]+)$/.exec(range) ?? [];
  if (type === undefined || subtype === undefined) return [];
  const weight = parameters.find((each) => each.startsWith('q='))?.slice(2) ?? '1';
  if (!/^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight)) return [];
  return [{ type, subtype, quality: Number(weight) }];
}

function qualityOf(offer: string, ranges: readonly Range[]): number {
  const [type, subtype] = offer.split('/');
  const match = (wantedType: string, wantedSubtype: string) =>
    ranges.find((each) => each.type === wantedType && each.subtype === wantedSubtype);
  return (match(type, subtype) ?? match(type, '*') ?? match('*', '*'))?.quality ?? 0;
}
