import { QRCodeSVG } from 'qrcode.react';
import { ActionButton } from '../../form/action-button.tsx';
import { Field, Problem, valuesOf } from '../../form/form.tsx';
import { Panel } from '../../panel/panel.tsx';
import { useServerAction } from '../../platform/use-server-query.ts';
import { OwnPassword, useOwnAccount } from './own-password.tsx';

type Confirm = ReturnType<typeof useServerAction<'confirmSecondFactor'>>;

/** Puts a second factor in force, or takes it out of force. */
export function SecondFactorPanel() {
  const account = useOwnAccount();
  // Here and not in the form: the codes it brings stay when the account is read again and the form is left.
  const confirm = useServerAction('confirmSecondFactor', ['listSessions']);
  const on = account.data?.second_factor;
  return (
    <Panel
      title="Second factor"
      note={
        account.data &&
        (on ? `in force; ${account.data.recovery_codes_left} recovery codes left` : 'not in force')
      }
      pending={!account.data}
      error={account.data ? null : account.error}
      retry={() => void account.refetch()}
    >
      {confirm.data ? (
        <RecoveryCodes
          codes={confirm.data.recovery_codes}
          onDone={() => void account.refetch().then(() => confirm.reset())}
        />
      ) : on ? (
        <Removal />
      ) : (
        <Setup confirm={confirm} />
      )}
    </Panel>
  );
}

/** A secret for an authenticator, which its first code puts in force. */
function Setup({ confirm }: { readonly confirm: Confirm }) {
  const begin = useServerAction('beginSecondFactor');
  const secret = begin.data;
  if (secret) return <Enrolment secret={secret.secret} url={secret.otpauth_url} confirm={confirm} />;
  return (
    <form
      className="form narrow"
      onSubmit={(event) => {
        event.preventDefault();
        begin.mutate(valuesOf(event.currentTarget));
      }}
    >
      <p>A login then needs a code of an authenticator, too, and every other session ends.</p>
      <OwnPassword />
      <Problem error={begin.error} />
      <ActionButton type="submit" className="primary" disabled={begin.isPending}>
        Set up an authenticator
      </ActionButton>
    </form>
  );
}

interface EnrolmentProps {
  readonly secret: string;
  readonly url: string;
  readonly confirm: Confirm;
}

function Enrolment({ secret, url, confirm }: EnrolmentProps) {
  return (
    <form
      className="form narrow"
      onSubmit={(event) => {
        event.preventDefault();
        const { code = '' } = valuesOf(event.currentTarget);
        confirm.mutate({ code: code.replaceAll(' ', '') });
      }}
    >
      <QRCodeSVG value={url} size={176} marginSize={4} title="QR code for an authenticator" className="qr" />
      <p>
        Or type the secret: <code className="secret">{secret}</code>
      </p>
      <Field
        label="First code"
        name="code"
        hint="Six digits that the authenticator shows"
        autoComplete="one-time-code"
        required
        minLength={6}
      />
      <Problem error={confirm.error} />
      <ActionButton type="submit" className="primary" disabled={confirm.isPending}>
        Put it in force
      </ActionButton>
    </form>
  );
}

function RecoveryCodes({
  codes,
  onDone,
}: {
  readonly codes: readonly string[];
  readonly onDone: () => void;
}) {
  return (
    <div className="form narrow">
      <p role="status">
        The second factor is in force. Keep these recovery codes: each is good once instead of a code, and
        they are shown only now.
      </p>
      <ul className="secret" aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <button type="button" className="primary" onClick={onDone}>
        I have kept them
      </button>
    </div>
  );
}

function Removal() {
  const remove = useServerAction('removeSecondFactor', ['getMe', 'listSessions']);
  return (
    <form
      className="form narrow"
      onSubmit={(event) => {
        event.preventDefault();
        const { code = '', ...password } = valuesOf(event.currentTarget);
        remove.mutate({ ...password, code: code.replaceAll(' ', '') });
      }}
    >
      <OwnPassword />
      <Field
        label="Code"
        name="code"
        hint="Of your authenticator, or a recovery code"
        autoComplete="one-time-code"
        required
        minLength={6}
      />
      <Problem error={remove.error} />
      <ActionButton type="submit" disabled={remove.isPending}>
        Take it out of force
      </ActionButton>
    </form>
  );
}
