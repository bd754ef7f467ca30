import type { ReplayState } from '@deltastream/client';
import { type FormEvent, useId, useState } from 'react';
import { ActionButton } from '../../form/action-button.tsx';
import { Choice, Field, Problem, valuesOf } from '../../form/form.tsx';
import { Modal } from '../../form/modal.tsx';
import { useAddress } from '../../market/address/use-address.ts';
import { REPLAY_SPEEDS, speedText } from '../../market/status/replay-text.ts';
import { useMarketView } from '../../market/view/market-view.tsx';
import { listedAt } from '../../market/view/not-here.ts';
import { useServerAction, useServerQuery } from '../../platform/use-server-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { useDaySnapshots } from '../use-snapshots.ts';
import { END_OPTIONS, fieldsOf, orderOf } from './replay-order.ts';

interface ReplayDialogProps {
  /** What is played now; the one that begins takes its place. */
  readonly replay: ReplayState | null;
  readonly onClose: () => void;
}

const SOURCES = [
  ['stored', 'What is stored'],
  ['recording', 'A recording'],
] as const;

/** Asks what is to be played to everyone, and begins it. */
export function ReplayDialog({ replay, onClose }: ReplayDialogProps) {
  const { product, stored, expiry } = useMarketView();
  const { timeZone } = useFormat();
  const [, change] = useAddress();
  const day = useDaySnapshots();
  // As it was when the dialog was opened: a form does not change under the hand.
  const [fields] = useState(() => fieldsOf(replay, day, timeZone));
  const [source, setSource] = useState(fields.recording === undefined ? 'stored' : 'recording');
  const start = useServerAction('startReplay');
  const control = useServerAction('controlReplay');
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const order = orderOf(valuesOf(event.currentTarget), timeZone);
    start.mutate(order, {
      onSuccess() {
        onClose();
        // Who begins one sees it, and at its end what is live: an expiry that is over is not there then.
        const isListed = listedAt(stored, null).some((each) => each.expiry === expiry);
        change({ at: null, ...(!isListed && { expiry: null }) });
      },
    });
  }
  return (
    <Modal label="Replay to everyone" onClose={onClose}>
      <h2>Replay to everyone</h2>
      <p className="replay-effect">
        Everyone who follows its products sees it in the place of the live market, which is stored meanwhile
        as ever.
        {replay && ' It takes the place of the replay that is under way.'}
      </p>
      <form className="form" onSubmit={submit}>
        <Choice
          label="What is played"
          options={SOURCES}
          value={source}
          onChange={({ target }) => setSource(target.value)}
        />
        {product && (
          <Choice
            label="Products"
            name="products"
            options={[
              [product.product, `${product.product} alone`],
              ['', 'All that it has'],
            ]}
          />
        )}
        {source === 'stored' ? (
          <Range fields={fields} timeZone={timeZone} />
        ) : (
          <RecordingField recording={fields.recording} />
        )}
        <Choice
          label="Speed"
          name="speed"
          options={REPLAY_SPEEDS.map((speed) => [String(speed), speedText(speed)])}
          defaultValue={fields.speed}
        />
        <Choice label="At the end" name="end" options={END_OPTIONS} defaultValue={fields.end} />
        <Field
          label="Times as if it were now"
          type="checkbox"
          name="shift"
          defaultChecked={fields.shift !== undefined}
        />
        <Field label="Wait at its beginning" type="checkbox" name="paused" />
        <Problem error={start.error ?? control.error} />
        <div className="buttons">
          <ActionButton type="submit" className="primary" disabled={start.isPending}>
            Start the replay
          </ActionButton>
          {replay && (
            <ActionButton
              disabled={control.isPending}
              onClick={() => control.mutate({ action: 'stop' }, { onSuccess: onClose })}
            >
              Stop the one under way
            </ActionButton>
          )}
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Modal>
  );
}

interface RangeProps {
  readonly fields: ReturnType<typeof fieldsOf>;
  readonly timeZone: string;
}

function Range({ fields, timeZone }: RangeProps) {
  const hint = `Time of ${timeZone}`;
  return (
    <>
      <Field
        label="From"
        type="datetime-local"
        step={1}
        name="from"
        defaultValue={fields.from}
        hint={hint}
        required
      />
      <Field
        label="To"
        type="datetime-local"
        step={1}
        name="to"
        defaultValue={fields.to}
        hint={hint}
        required
      />
    </>
  );
}

/** Those that are in the folder are offered. */
function RecordingField({ recording }: { readonly recording: string | undefined }) {
  const id = useId();
  const { data } = useServerQuery('listImports', {});
  return (
    <>
      <Field
        label="Recording"
        name="recording"
        list={id}
        defaultValue={recording}
        hint="A file in the folder “imports” of the platform"
        maxLength={200}
        required
      />
      <datalist id={id}>
        {data?.files.map((file) => (
          <option key={file} value={file} />
        ))}
      </datalist>
    </>
  );
}
