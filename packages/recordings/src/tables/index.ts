/** How a cell of a table or a value of a JSON document becomes a price, an amount or a refusal, for readers of venues. */
export {
  BadCell,
  dateCell,
  lotCell,
  numberCell,
  priceCell,
  shown,
  sideCell,
  strikeCell,
  words,
} from './cells.ts';
export { amount, isObject, type Json, number, parseJson, price, strike } from './json-cells.ts';
