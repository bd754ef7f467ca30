import type { ContractFigureName } from '@deltastream/client';
import { type ReactNode, useEffect, useMemo } from 'react';
import { useAddressParameter } from '../../market/use-address.ts';
import { DropDown } from '../../panel/drop-down.tsx';
import type { PlaceWidth } from '../../panel/place-width.ts';
import { usePreferences } from '../../preferences/use-preferences.tsx';
import { COLUMN_GROUPS, columnsFor, headOf, readColumns } from './contract-columns.ts';

/**
 * The columns of a call that are shown, and the menu to choose them. The address has them where they differ from those
 * of the screen, so that a link shows the same; a reader's last choice holds for every chain from then on.
 */
export function useColumns(screen: PlaceWidth): {
  readonly columns: readonly ContractFigureName[];
  readonly control: ReactNode;
} {
  const usual = useMemo(() => columnsFor(screen), [screen]);
  const [given, setGiven] = useAddressParameter('columns', '');
  const { preferences, change } = usePreferences();
  const columns = useMemo(() => readColumns(given) ?? usual, [given, usual]);
  useEffect(() => {
    if (given === '' && readColumns(preferences.columns) !== null) setGiven(preferences.columns);
  }, [given, preferences.columns, setGiven]);

  function choose(next: readonly ContractFigureName[]): void {
    const text = next.length === 0 || String(next) === String(usual) ? '' : next.join();
    // Before the address: what is remembered is put there while it has none.
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
