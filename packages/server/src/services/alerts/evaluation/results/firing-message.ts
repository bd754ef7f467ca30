type MessageValue = string | number | null;

/** As an alert on the bus may have it. */
const MAX_MESSAGE_LENGTH = 500;
const NOT_KNOWN = '-';
/** Enough to tell values apart that conditions tell apart, and no more than people read. */
const DIGITS = 6;

/** What a rule without a template says: what it is of, its condition and the figures that this names. */
export function conditionMessage(
  condition: string,
  { product, expiry }: { readonly product: string | null; readonly expiry: string | null },
  figures: Readonly<Record<string, number | null>>,
): string {
  const about = [product, expiry].filter((each) => each !== null).join(' ');
  const values = Object.entries(figures).map(([name, value]) => `${name} ${shown(value)}`);
  const told = values.length === 0 ? '' : ` (${values.join(', ')})`;
  return cut(`${about === '' ? '' : `${about}: `}${condition.replace(/\s+/g, ' ').trim()}${told}`);
}

/** A template with what stands in braces replaced; a name that is not known stays as it is. */
export function fillMessage(template: string, values: Readonly<Record<string, MessageValue>>): string {
  return cut(
    template.replace(/\{([a-z][a-z0-9_]*)\}/g, (braced, name) =>
      Object.hasOwn(values, name) ? shown(values[name]) : braced,
    ),
  );
}

function shown(value: MessageValue): string {
  if (value === null) return NOT_KNOWN;
  return typeof value === 'number' ? String(Number(value.toPrecision(DIGITS))) : value;
}

const cut = (text: string): string =>
  text.length <= MAX_MESSAGE_LENGTH ? text : `${text.slice(0, MAX_MESSAGE_LENGTH - 1)}…`;
