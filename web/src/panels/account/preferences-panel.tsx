import { Choice, Problem } from '../../form/form.tsx';
import { Panel } from '../../panel/panel.tsx';
import type { Preferences } from '../../preferences/preferences.ts';
import { usePreferences } from '../../preferences/use-preferences.tsx';

type Texts<K extends keyof Preferences> = readonly (readonly [Preferences[K], string])[];

const THEMES: Texts<'theme'> = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];
const GROUPINGS: Texts<'grouping'> = [
  ['product', 'By the product’s currency'],
  ['western', '1,234,567 and 1.23M'],
  ['indian', '12,34,567 and 12.3 lakh'],
];
const TIMES: Texts<'time'> = [
  ['exchange', 'Of the exchange'],
  ['local', 'Of this machine'],
];

const KEYS: Texts<'keys'> = [
  ['on', 'Single keys, Ctrl and Cmd'],
  ['off', 'Only Ctrl and Cmd'],
];

/** How everything is read: by who is logged in, or in this browser. */
export function PreferencesPanel() {
  const { preferences, place, problem, change } = usePreferences();
  const choice = <K extends keyof Preferences>(label: string, name: K, options: Texts<K>) => (
    <Choice
      label={label}
      value={preferences[name]}
      options={options}
      onChange={({ target }) => change({ [name]: target.value })}
    />
  );
  return (
    <Panel title="Preferences" note={place === 'account' ? 'kept with your account' : 'kept in this browser'}>
      {problem && (
        <p className="form-problem">Not stored with your account; kept in this browser until then.</p>
      )}
      <Problem error={problem} />
      <div className="form">
        {choice('Theme', 'theme', THEMES)}
        {choice('Numbers', 'grouping', GROUPINGS)}
        {choice('Times', 'time', TIMES)}
        {choice('Keys', 'keys', KEYS)}
      </div>
    </Panel>
  );
}
