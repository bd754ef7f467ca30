import '../../admin/jobs.css';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ActionButton } from '../../../form/action-button.tsx';
import { Choice, Field, Problem, valuesOf } from '../../../form/form.tsx';
import { useServer } from '../../../platform/platform.tsx';
import type { ChannelTarget, Owner } from '../alert-types.ts';
import { KIND_TEXTS, TARGET_FIELDS, targetOf } from './channel-targets.ts';
import { noPushReason, subscribeToPush } from './push-subscription.ts';

type Kind = ChannelTarget['kind'];
const KINDS = Object.keys(KIND_TEXTS) as Kind[];

/** Adds a channel; the secret of a webhook is shown now and never again. */
export function NewChannel({ owner }: { readonly owner: Owner }) {
  const { client } = useServer();
  const queries = useQueryClient();
  const [kind, setKind] = useState<Kind>('email');
  const create = useMutation({
    mutationFn: async (values: Record<string, string>) => {
      const target =
        kind === 'web_push'
          ? await subscribeToPush((await client.getAlertPushKey()).key)
          : targetOf(kind, values);
      return client.createAlertChannel({ name: values.name ?? '', target, owner });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['listAlertChannels'] }),
  });
  const secret = create.data?.signing_secret ?? null;
  if (secret !== null) return <SigningSecret secret={secret} onKept={create.reset} />;
  const noPush = kind === 'web_push' ? noPushReason() : null;
  return (
    <form
      className="form job-form"
      aria-label="New channel"
      onSubmit={(event) => {
        event.preventDefault();
        const form = event.currentTarget;
        create.mutate(valuesOf(form), { onSuccess: () => form.reset() });
      }}
    >
      <Choice
        label="Kind"
        options={KINDS.map((each) => [each, KIND_TEXTS[each]] as const)}
        value={kind}
        onChange={(event) => {
          setKind(KINDS.find((each) => each === event.target.value) ?? 'email');
          create.reset();
        }}
      />
      <Field label="Name" name="name" required maxLength={100} />
      {kind !== 'web_push' &&
        TARGET_FIELDS[kind].map(({ name, label, type, optional, hint }) => (
          <Field
            key={`${kind} ${name}`}
            label={optional ? `${label} (optional)` : label}
            name={name}
            type={type}
            required={!optional}
            hint={hint}
            autoComplete="off"
          />
        ))}
      {kind === 'web_push' && <p className="field-hint">{noPush ?? 'The browser asks for your consent'}</p>}
      <Problem error={create.error} />
      {create.data && (
        <p className="form-done" role="status">
          {create.data.channel.name} was added. Try it by its button “Test”.
        </p>
      )}
      <ActionButton type="submit" className="primary" disabled={create.isPending || noPush !== null}>
        Add the channel
      </ActionButton>
    </form>
  );
}

interface SigningSecretProps {
  readonly secret: string;
  readonly onKept: () => void;
}

export function SigningSecret({ secret, onKept }: SigningSecretProps) {
  return (
    <div className="form narrow">
      <p role="status">Messages of this webhook are signed with this secret. It is shown only now:</p>
      <code className="secret">{secret}</code>
      <button type="button" className="primary" onClick={onKept}>
        I have kept it
      </button>
    </div>
  );
}
