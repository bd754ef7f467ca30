type Size = (width: number, height: number, dpr: number) => number | number[];

/**
 * A size of echarts-gl's passes, e.g. `width * 1.0 / 2` or `[width * dpr, height * dpr]`: products and quotients of
 * numbers and of width, height and device pixel ratio. The library compiles them by `new Function`, which the content
 * security policy forbids; the build puts this in its place.
 *
 * @throws SyntaxError for anything else
 */
export function sizeExpression(text: string): Size {
  const list = /^\s*\[(.*)\]\s*$/.exec(text);
  const products = (list ? list[1] : text).split(',').map(product);
  return (width, height, dpr) => {
    const sizes = products.map((each) => each({ width, height, dpr }));
    return list ? sizes : sizes[0];
  };
}

type Scope = Readonly<Record<'width' | 'height' | 'dpr', number>>;
const NAMES = ['width', 'height', 'dpr'] as const;

function product(text: string): (scope: Scope) => number {
  const [first, ...rest] = text.split(/([*/])/);
  const begin = factor(first);
  const steps = Array.from({ length: rest.length / 2 }, (_, i) => ({
    divides: rest[2 * i] === '/',
    by: factor(rest[2 * i + 1]),
  }));
  return (scope) =>
    steps.reduce((value, { divides, by }) => (divides ? value / by(scope) : value * by(scope)), begin(scope));
}

function factor(text: string): (scope: Scope) => number {
  const word = text.trim();
  const name = NAMES.find((each) => each === word);
  if (name) return (scope) => scope[name];
  const value = Number(word);
  if (word === '' || Number.isNaN(value)) throw new SyntaxError(`not a size: ${text}`);
  return () => value;
}
