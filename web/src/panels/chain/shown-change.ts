/** The way from one shown number to another; null where either is not a number, or they are read as the same. */
export function changeOf(before: string | null, after: string | null): 'rose' | 'fell' | null {
  const [was, is] = [numberOf(before), numberOf(after)];
  if (was === is || Number.isNaN(was) || Number.isNaN(is)) return null;
  return is > was ? 'rose' : 'fell';
}

/** A number as the page writes it, `1,23,456.50`, `−0.03`, `12.9%` or `<0.001`; NaN for another text. */
const numberOf = (text: string | null): number =>
  text ? Number(text.replace(/[,<>%]/g, '').replace('−', '-')) : Number.NaN;
