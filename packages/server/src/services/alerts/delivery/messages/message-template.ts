import { CHAIN_FIGURES, type Figure, type FigureFormat, PRODUCT_FIGURES } from '@deltastream/contracts';
import { cutTo } from './message-text.ts';

/** What alerts have room for on the socket. */
const MAX_MESSAGE_LENGTH = 500;

export interface TemplateProblem {
  readonly message: string;
  /** Characters of the template before what is wrong. */
  readonly position: number;
}

type Part = { readonly text: string } | { readonly name: string; readonly position: number };

/**
 * Why a template of the message of a rule cannot be used; null where it can. A name in braces stands for a value, and two
 * braces for one: `{product}: {pcr_oi} of {{1}}`.
 */
export function templateProblem(template: string, names: ReadonlySet<string>): TemplateProblem | null {
  const parts = partsOf(template);
  if (!Array.isArray(parts)) return parts;
  for (const part of parts) {
    if ('name' in part && !names.has(part.name)) {
      return { message: `{${part.name}} is not the name of a figure`, position: part.position };
    }
  }
  return null;
}

/** Names in braces, each once: what a message needs to be known. */
export function templateNames(template: string): string[] {
  const parts = partsOf(template);
  if (!Array.isArray(parts)) return [];
  return [...new Set(parts.flatMap((part) => ('name' in part ? [part.name] : [])))];
}

export type TemplateValue = number | string | readonly string[] | null;

/** The message with the values in their places, each figure in the form of the catalogue, and a dash for null. */
export function fillTemplate(template: string, value: (name: string) => TemplateValue): string {
  const parts = partsOf(template);
  if (!Array.isArray(parts)) return cutTo(MAX_MESSAGE_LENGTH, template);
  const text = parts.map((part) => ('text' in part ? part.text : valueText(part.name, value(part.name))));
  return cutTo(MAX_MESSAGE_LENGTH, text.join(''));
}

function partsOf(template: string): Part[] | TemplateProblem {
  const parts: Part[] = [];
  const pattern = /\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g;
  for (const { 0: found, 1: name, index } of template.matchAll(pattern)) {
    if (found === '{' || found === '}') {
      return { message: `a single ${found}; write ${found}${found} for the character`, position: index };
    }
    if (name !== undefined) parts.push({ name: name.trim(), position: index });
    else parts.push({ text: found === '{{' ? '{' : found === '}}' ? '}' : found });
  }
  return parts;
}

const FIGURES: Readonly<Record<string, Figure>> = { ...PRODUCT_FIGURES, ...CHAIN_FIGURES };
const NO_VALUE = '–';

/** A value as a person reads it. */
export function valueText(name: string, value: TemplateValue): string {
  if (value === null) return NO_VALUE;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return NO_VALUE;
    const digits = DIGITS[Object.hasOwn(FIGURES, name) ? FIGURES[name].format : 'fraction'];
    return digits(value);
  }
  return typeof value === 'string' ? value : value.join(', ');
}

type Digits = (value: number) => string;

const upTo = (maximumFractionDigits: number): Digits => {
  const format = new Intl.NumberFormat('en-US', { maximumFractionDigits });
  return (value) => format.format(value);
};
const percent = new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 1 });
/** Small ones keep as many digits as large ones. */
const significant = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 });

/** Unlike on a page numbers do not stand below each other, so that zeros at the end say nothing. */
const DIGITS: Readonly<Record<FigureFormat, Digits>> = {
  price: upTo(2),
  strike: upTo(4),
  volatility: (value) => percent.format(value),
  points: upTo(2),
  share: (value) => percent.format(value),
  percentage: (value) => percent.format(value / 100),
  ratio: upTo(3),
  greek: (value) => significant.format(value),
  contracts: upTo(0),
  money: upTo(0),
  fraction: upTo(4),
  count: upTo(0),
  instant: (value) => new Date(value).toISOString(),
  name: String,
};
