import { useRef } from 'react';
import { PanelVisible, useOnScreen } from '../../../panel/panel-visible.tsx';
import { useServerQuery } from '../../../platform/use-server-query.ts';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import type { Rule } from '../alert-types.ts';
import { partText, standingsOf, standingText } from './standing-text.ts';

/** Products and expiries of a rule that are shown; the others are counted. */
const SHOWN = 4;

interface RuleStandingsProps {
  readonly id: string;
  readonly subject: Rule['subject'];
}

/** The live values of a rule beside its thresholds; a rule off the screen asks for none. */
export function RuleStandings({ id, subject }: RuleStandingsProps) {
  const place = useRef<HTMLDivElement>(null);
  const visible = useOnScreen(place);
  return (
    <div ref={place} className="alert-standings">
      <PanelVisible visible={visible}>
        <Standings id={id} subject={subject} />
      </PanelVisible>
    </div>
  );
}

function Standings({ id, subject }: RuleStandingsProps) {
  const { data, error } = useServerQuery('getAlertRuleValues', { id });
  const format = useFormat();
  if (error && !data) return <p className="panel-note">Live values are not known: {error.message}</p>;
  if (!data) return <p className="panel-note">Live values: loading</p>;
  const { complete } = data;
  const standings = standingsOf(data.standings, subject);
  if (standings.length === 0) {
    return (
      <p className="panel-note">
        {subject === 'market'
          ? 'No chain came yet that it looks at'
          : 'Nothing that it looks at was seen yet'}
      </p>
    );
  }
  const more = standings.length - SHOWN;
  return (
    <ul>
      {standings.slice(0, SHOWN).map((standing, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of the platform have neither product nor expiry.
        <li key={`${standing.product} ${standing.expiry} ${i}`}>
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
          {/* What is false says so beside its threshold. */}
          {standing.result === null && standing.reason !== null && (
            <span className="panel-note"> {standing.reason}</span>
          )}
        </li>
      ))}
      {error && <li className="panel-note">not refreshed</li>}
      {more > 0 && <li className="panel-note">and {complete ? more : `${more} or more`} more</li>}
    </ul>
  );
}
