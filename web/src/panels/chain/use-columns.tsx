import type { ContractFigureName } from '@deltastream/client';
import { type ReactNode, useMemo } from 'react';
import { useAddressParameter } from '../../market/address/use-address.ts';
import { DropDown } from '../../panel/choice/drop-down.tsx';
import type { PlaceWidth } from '../../panel/place-width.ts';
import { usePreferences } from '../../preferences/use-preferences.tsx';
import { COLUMN_GROUPS, columnsFor, headOf, readColumns } from './contract-columns.ts';

/**
 * The columns of a call that are shown, and the menu to choose them. What is chosen stands in the address, so that a
 * link shows the same, and holds from then on for every chain whose address names none.
 */
export function useColumns(screen: PlaceWidth): {
  readonly columns: readonly ContractFigureName[];
  readonly control: ReactNode;
} {
  const usual = useMemo(() => columnsFor(screen), [screen]);
  const [given, setGiven] = useAddressParameter('columns', '');
  const { preferences, change } = usePreferences();
  const chosen = preferences.columns;
  const columns = useMemo(() => readColumns(given) ?? readColumns(chosen) ?? usual, [given, chosen, usual]);

  function choose(next: readonly ContractFigureName[]): void {
    const text = next.length === 0 || String(next) === String(usual) ? '' : next.join();
    change({ columns: text });
    setGiven(text);
  }
  const control = (
    <DropDown label="Columns" className="columns">
      {COLUMN_GROUPS.map(({ title, names }) => (
        <fieldset key={title}>
          <legend>{title}</legend>
          {names.map((name) => (
            <label key={name} title={headOf(name).meaning}>
              <input
                type="checkbox"
                checked={columns.includes(name)}
                onChange={({ target }) =>
                  choose(
                    readColumns(
                      target.checked
                        ? [...columns, name].join()
                        : columns.filter((each) => each !== name).join(),
                    ) ?? [],
                  )
                }
              />{' '}
              {headOf(name).title}
            </label>
          ))}
        </fieldset>
      ))}
      <button type="button" onClick={() => choose(usual)}>
        As usual
      </button>
    </DropDown>
  );
  return { columns, control };
}
