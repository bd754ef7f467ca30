import { CHAIN_FIGURES, type Figure, PRODUCT_FIGURES } from '@deltastream/client';
import { expiryText, type Format } from '../../../format/format.ts';
import type { Rule, Standing } from '../alert-types.ts';

type Part = Standing['parts'][number];
type Value = Part['operands'][number]['value'];

const FIGURES: Readonly<Record<string, Figure>> = { ...CHAIN_FIGURES, ...PRODUCT_FIGURES };
const NAME = /[a-z_][a-z0-9_]*/g;

/** The figure that a text names first; both sides of a comparison are read as it is. */
const figureOf = (texts: readonly string[]): Figure | undefined =>
  texts
    .flatMap((text) => text.match(NAME) ?? [])
    .map((name) => FIGURES[name])
    .find((each) => each !== undefined);

/** A value as its figure is read elsewhere; a dash where there is none. */
export function valueText(value: Value, names: readonly string[], format: Format): string {
  if (value === null) return '–';
  if (typeof value !== 'number') return String(value);
  const kind = figureOf(names)?.format;
  return kind === undefined || kind === 'name' || kind === 'instant'
    ? format.strike(value)
    : format.figure[kind](value);
}

/** `pcr_oi 1.312 > 1.2: true`. */
export function partText({ text, value, operands }: Part, format: Format): string {
  const names = operands.map((each) => each.text);
  const isNumber = (operandText: string) => /^-?[\d.]+$/.test(operandText);
  const shown = operands.map((each) => {
    const written = valueText(each.value, names, format);
    if (isNumber(each.text)) return withoutEnd(written);
    return each.text === written ? written : `${each.text} ${written}`;
  });
  return `${shown.length === 0 ? text : shown.join(` ${comparisonOf(text, names)} `)}: ${value ?? 'not known'}`;
}

/** A threshold does not change: zeros at its end say nothing. */
const withoutEnd = (written: string): string =>
  written.replace(/\.(\d*?)0+(?!\d)/, (_, kept) => kept && `.${kept}`);

/** The operator between two operands. */
function comparisonOf(text: string, [left = '', right = '']: readonly string[]): string {
  const between = text.slice(left.length, text.length - right.length).trim();
  return /^([<>]=?|[=!]=)$/.test(between) ? between : 'beside';
}

const PHASES: Readonly<Record<Standing['phase'], string>> = {
  armed: 'waits',
  pending: 'holds, not yet for long enough',
  fired: 'fired, not cleared yet',
  cooling: 'cools down',
  closed: 'out of session',
};

/**
 * Those of the standings that the rule says something of: each part of the platform, and of the log, has a standing, and
 * most say none of the figures that a rule names.
 */
export const standingsOf = (standings: readonly Standing[], subject: Rule['subject']): readonly Standing[] =>
  subject === 'market'
    ? standings
    : standings.filter(({ figures }) => Object.values(figures).some((value) => value !== null));

/** Of which product and expiry, and how the rule stands for it. */
export const standingText = ({ product, expiry, phase }: Standing): string =>
  `${[product, expiry && expiryText(expiry)].filter(Boolean).join(', ') || 'The platform'}: ${PHASES[phase]}`;
