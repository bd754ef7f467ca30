import { useRef } from 'react';
import { PanelVisible, useOnScreen } from '../../../panel/panel-visible.tsx';
import { useServerQuery } from '../../../platform/use-server-query.ts';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import { partText, standingText } from './standing-text.ts';

/** Products and expiries of a rule that are shown; the others are counted. */
const SHOWN = 4;

/** The live values of a rule beside its thresholds; a rule off the screen asks for none. */
export function RuleStandings({ id }: { readonly id: string }) {
  const place = useRef<HTMLDivElement>(null);
  const visible = useOnScreen(place);
  return (
    <div ref={place} className="alert-standings">
      <PanelVisible visible={visible}>
        <Standings id={id} />
      </PanelVisible>
    </div>
  );
}

function Standings({ id }: { readonly id: string }) {
  const { data, error } = useServerQuery('getAlertRuleValues', { id });
  const format = useFormat();
  if (error) return <p className="panel-note">Live values are not known: {error.message}</p>;
  if (!data) return <p className="panel-note">Live values: loading</p>;
  const { standings, complete } = data;
  if (standings.length === 0) return <p className="panel-note">No chain came yet that it looks at</p>;
  const more = standings.length - SHOWN;
  return (
    <ul>
      {standings.slice(0, SHOWN).map((standing) => (
        <li key={`${standing.product} ${standing.expiry}`}>
          {standingText(standing)} ({format.timeOfDay(standing.at)}){' '}
          {standing.parts.map((part) => (
            <span
              key={part.position}
              className="alert-part"
              data-value={String(part.value)}
              title={part.text}
            >
              {partText(part, format)}
            </span>
          ))}
          {standing.result !== true && standing.reason !== null && (
            <span className="panel-note"> {standing.reason}</span>
          )}
        </li>
      ))}
      {more > 0 && <li className="panel-note">and {complete ? more : `${more} or more`} more</li>}
    </ul>
  );
}
