import { ActionButton } from '../form/action-button.tsx';
import { Choice, ConfirmButton, Field, Problem } from '../form/form.tsx';
import { Figure } from '../format/figure.tsx';
import { FigureList } from '../format/figure-list.tsx';
import type { Story } from './story.ts';

const nothing = () => {};
const percent = (value: number) => `${(100 * value).toFixed(1)}%`;

export const FORM_STORIES: readonly Story[] = [
  { name: 'field', shown: <Field label="Email" defaultValue="you@example.com" /> },
  { name: 'field with a hint', shown: <Field label="Name" hint="So that you know it again." /> },
  { name: 'field that is off', shown: <Field label="Name" defaultValue="notebook" disabled /> },
  { name: 'check box', shown: <Field type="checkbox" label="Dry run" defaultChecked /> },
  {
    name: 'choice',
    shown: (
      <Choice label="Grouping" options={[['product', 'By product'] as const, ['indian', 'Lakh'] as const]} />
    ),
  },
  { name: 'problem', shown: <Problem error={new Error('The password is not the one of this account')} /> },
  {
    name: 'buttons',
    shown: (
      <div>
        <button type="button">Plain</button>{' '}
        <button type="button" aria-pressed>
          Pressed
        </button>{' '}
        <ActionButton disabled>Off</ActionButton>{' '}
        <ConfirmButton consequence="It cannot be undone." onConfirm={nothing}>
          Revoke
        </ConfirmButton>
      </div>
    ),
  },
  {
    name: 'a figure, and one that is null',
    shown: (
      <p>
        <Figure value={0.1274} format={percent} reason="" />,{' '}
        <Figure value={null} format={percent} reason="too few sessions" />
      </p>
    ),
  },
  {
    name: 'list of figures',
    wide: true,
    shown: (
      <FigureList
        label="Figures"
        figures={[
          { title: 'ATM IV, nearest', value: 0.1274, format: percent, reason: '' },
          { title: 'IV rank, 252 sessions', value: null, format: percent, reason: 'too few sessions' },
          { title: 'Realised, 20 sessions', value: 0.0981, format: percent, reason: '' },
        ]}
      />
    ),
  },
];
