import { Choice, Field } from '../../../form/form.tsx';
import { useMarketView } from '../../../market/view/market-view.tsx';
import { useServerQuery } from '../../../platform/use-server-query.ts';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import type { Owner, Rule } from '../alert-types.ts';
import { CHANNEL_FIELD, type FormTexts } from './rule-form.ts';

const SUBJECTS: readonly (readonly [Rule['subject'], string])[] = [
  ['market', 'the market'],
  ['platform', 'the platform'],
  ['log', 'alerts of the log'],
];

interface RuleFieldsProps {
  readonly owner: Owner;
  readonly rule: Rule | null;
  readonly texts: FormTexts;
  readonly subject: Rule['subject'];
  readonly onSubject: (subject: Rule['subject']) => void;
}

/** Everything of a rule but its conditions. */
export function RuleFields({ owner, rule, texts, subject, onSubject }: RuleFieldsProps) {
  const { expiries } = useMarketView();
  const format = useFormat();
  const dates = [...new Set([...expiries.map(({ expiry }) => expiry), texts.expiry])].filter((each) =>
    /^\d/.test(each),
  );
  return (
    <>
      <Field label="Name" name="name" defaultValue={texts.name} required maxLength={100} />
      {owner === 'operator' && rule === null && (
        <Choice
          label="About"
          name="subject"
          options={SUBJECTS}
          value={subject}
          onChange={(event) =>
            onSubject(SUBJECTS.find(([each]) => each === event.target.value)?.[0] ?? 'market')
          }
        />
      )}
      <Field
        label="Products"
        name="products"
        defaultValue={texts.products}
        hint="Symbols with commas, or * for each"
        required
      />
      {subject === 'market' && (
        <Choice
          label="Expiry"
          name="expiry"
          defaultValue={texts.expiry}
          options={[
            ['nearest', 'the nearest'],
            ['all', 'each'],
            ...dates.map((each) => [each, format.expiry(each)] as const),
          ]}
        />
      )}
      <Field
        label="Holds for"
        name="held"
        defaultValue={texts.held}
        hint="Such as 60 s or 5 min; empty: fires at once"
      />
      <Field
        label="Cool-down"
        name="cooldown"
        defaultValue={texts.cooldown}
        hint="Such as 5 min or 2 h; empty: none"
      />
      <Choice
        label="How often"
        name="repeat"
        defaultValue={texts.repeat}
        options={[
          ['repeat', 'each time'],
          ['once', 'once, then it ends'],
        ]}
      />
      <Choice
        label="Severity"
        name="severity"
        defaultValue={texts.severity}
        options={['info', 'warning', 'critical'].map((each) => [each, each] as const)}
      />
      <Field
        label="Gather for, minutes"
        name="digest"
        type="number"
        min={0}
        max={1_440}
        defaultValue={texts.digest}
        hint="One message for all firings of that time; empty: one for each"
      />
      <Field label="Ends at, UTC" name="expires" type="datetime-local" defaultValue={texts.expires} />
      <Field
        label="Message"
        name="message"
        defaultValue={texts.message}
        maxLength={500}
        hint="Such as PCR of {product} is {pcr_oi}; empty: the condition and its figures"
      />
      <Field label="In the session only" name="session" type="checkbox" defaultChecked={rule?.session_only} />
      <Field label="Enabled" name="enabled" type="checkbox" defaultChecked={rule?.enabled ?? true} />
      <ChannelBoxes owner={owner} chosen={rule?.channels ?? []} />
    </>
  );
}

/** Where it is delivered besides this page. */
function ChannelBoxes({ owner, chosen }: { readonly owner: Owner; readonly chosen: readonly string[] }) {
  const { data, error } = useServerQuery('listAlertChannels', { owner });
  return (
    <fieldset className="field">
      <legend>Channels</legend>
      {data?.channels.map(({ id, name, kind }) => (
        <Field
          key={id}
          label={`${name} (${kind === 'web_push' ? 'browser' : kind})`}
          name={CHANNEL_FIELD + id}
          type="checkbox"
          defaultChecked={chosen.includes(id)}
        />
      ))}
      {/* A rule keeps its channels where it is saved before they are known. */}
      {!data && chosen.map((id) => <input key={id} type="hidden" name={CHANNEL_FIELD + id} value="on" />)}
      {data?.channels.length === 0 && (
        <span className="field-hint">None yet: add one below, under Channels</span>
      )}
      {error && !data && <span className="down">They are not known: {error.message}</span>}
    </fieldset>
  );
}
