import { type ReactNode, useState } from 'react';
import { Field } from '../../form/form.tsx';
import type { Venue } from '../../market/status/venue-text.ts';
import { VenueFacts } from './venue-way.tsx';
import {
  CBOE_TERMS_ADDRESS,
  CBOE_WAY,
  isOpenAlgoAddress,
  OPENALGO_ADDRESS,
  openAlgoWay,
} from './venue-ways.ts';

interface AskingWayProps {
  readonly followed: readonly Venue[];
  readonly watch: ReactNode;
}

/** OpenAlgo, whose address goes into the command. */
export function OpenAlgoWay({ followed, watch }: AskingWayProps) {
  const [address, setAddress] = useState(OPENALGO_ADDRESS);
  const ready = isOpenAlgoAddress(address);
  return (
    <VenueFacts
      way={openAlgoWay(ready ? address : OPENALGO_ADDRESS)}
      followed={followed}
      watch={watch}
      ready={ready}
      asked={
        <>
          <Field
            label="Address of your OpenAlgo"
            type="url"
            value={address}
            aria-invalid={!ready}
            onChange={({ target }) => setAddress(target.value.trim())}
          />
          {!ready && (
            <p className="form-problem" role="alert">
              This is no address of an OpenAlgo: say http://HOST:5000, or https://HOST where it is behind a
              web server.
            </p>
          )}
        </>
      }
    />
  );
}

/** Cboe, whose terms are to be accepted before there is a command. */
export function CboeWay({ followed, watch }: AskingWayProps) {
  const [accepted, setAccepted] = useState(false);
  return (
    <VenueFacts
      way={CBOE_WAY}
      followed={followed}
      watch={watch}
      ready={accepted}
      asked={
        <>
          <p>
            It is off until its terms are accepted:{' '}
            <a href={CBOE_TERMS_ADDRESS} target="_blank" rel="noreferrer">
              terms of Cboe
            </a>
            .
          </p>
          <Field
            label="I have read these terms and accept them"
            type="checkbox"
            checked={accepted}
            onChange={({ target }) => setAccepted(target.checked)}
          />
        </>
      }
    />
  );
}
