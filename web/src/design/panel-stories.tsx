import { ApiError } from '@deltastream/client';
import { useChoice } from '../panel/choice/choice.tsx';
import { Panel } from '../panel/panel.tsx';
import { FigureTable, type Table } from '../panel/table/figure-table.tsx';

import { AT } from './fixed-market.tsx';
import type { Story } from './story.ts';

const TABLE: Table = {
  caption: 'Open interest by strike',
  columns: [
    { title: 'Strike' },
    { title: 'Calls, contracts', format: (value) => value.toLocaleString('en-IN') },
    { title: 'Puts, contracts', format: (value) => value.toLocaleString('en-IN') },
    { title: 'Built up by' },
  ],
  rows: [
    [24_500, 182_340, 1_204_115, 'short buildup'],
    [24_600, 1_432_905, 1_398_220, 'long unwinding'],
    [24_700, 2_190_450, null, 'short covering'],
  ],
};

const AWAY = new ApiError({
  status: 503,
  code: 'unavailable',
  detail: 'The store cannot be read.',
  remedy: 'It is tried again; if that lasts, see /api/status.',
  request_id: 'r1',
});

const retry = () => {};

/** A panel with choices in its head, as most have them. */
function WithChoices() {
  const { buttons } = useChoice('design', 'Shown', { oi: 'OI', change: 'Change', volume: 'Volume' });
  return (
    <Panel
      title="Open interest"
      note="contracts, since the previous session"
      controls={buttons}
      asOf={AT}
      table={TABLE}
    >
      <p className="message">What the panel shows.</p>
    </Panel>
  );
}

export const PANEL_STORIES: readonly Story[] = [
  { name: 'content, choices and menu', wide: true, shown: <WithChoices /> },
  { name: 'pending', shown: <Panel title="Smile" note="annualised" pending /> },
  { name: 'error', shown: <Panel title="Smile" error={AWAY} retry={retry} /> },
  { name: 'empty', shown: <Panel title="Smile" empty="No option chain of NIFTY is stored yet." /> },
  {
    name: 'stale: another instant loads',
    shown: (
      <Panel title="Smile" asOf={AT} stale="loading" table={TABLE}>
        <p className="message">Figures of the instant before.</p>
      </Panel>
    ),
  },
  {
    name: 'stale: not refreshed',
    shown: (
      <Panel title="Smile" asOf={AT} error={AWAY} retry={retry} table={TABLE}>
        <p className="message">The last known figures.</p>
      </Panel>
    ),
  },
  {
    name: 'table',
    shown: (
      <Panel title="Open interest by strike" asOf={AT} table={TABLE} isTable>
        <FigureTable table={TABLE} />
      </Panel>
    ),
  },
  {
    name: 'list with actions',
    wide: true,
    shown: (
      <Panel title="Dead letters" table={TABLE} isTable>
        <FigureTable
          table={TABLE}
          actions={() => (
            <>
              <button type="button">Replay</button> <button type="button">Discard</button>
            </>
          )}
        />
      </Panel>
    ),
  },
];
