import './choice.css';
import type { ReactNode } from 'react';
import { useAddressParameter } from '../../market/address/use-address.ts';

interface Choice<V extends string> {
  readonly value: V;
  /** Buttons beside each other; what is chosen is pressed. */
  readonly buttons: ReactNode;
}

/**
 * One of a few, kept in the address under `parameter`: the first of `choices` unless the address names another one of
 * them. `choices` are the words on the buttons by their value.
 */
export function useChoice<V extends string>(
  parameter: string,
  label: string,
  choices: Readonly<Record<V, string>>,
): Choice<V> {
  const values = Object.keys(choices) as V[];
  const [given, choose] = useAddressParameter(parameter, values[0]);
  const value = values.find((each) => each === given) ?? values[0];
  const buttons = (
    <fieldset className="choice">
      <legend className="unseen">{label}</legend>
      {values.map((each) => (
        <button key={each} type="button" aria-pressed={each === value} onClick={() => choose(each)}>
          {choices[each]}
        </button>
      ))}
    </fieldset>
  );
  return { value, buttons };
}
