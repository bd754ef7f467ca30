import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useId, useRef, useState } from 'react';
import { ActionButton } from '../../form/action-button.tsx';
import { Field, Problem, valuesOf } from '../../form/form.tsx';
import { Modal } from '../../form/modal.tsx';
import { useCopy } from '../../form/use-copy.ts';
import type { Unlike } from '../saved/begun-versions.ts';

const LONGEST_NAME = 60; // As the contract of layouts has it.

interface NameDialogProps {
  readonly title: string;
  readonly action: string;
  readonly initial: string;
  /** Names that stand for another workspace already. */
  readonly taken: readonly string[];
  /** Rejects with what went wrong. */
  readonly onName: (name: string) => Promise<void>;
  readonly onClose: () => void;
}

/** Asks for the name of a workspace. */
export function NameDialog({ title, action, initial, taken, onName, onClose }: NameDialogProps) {
  const head = useId();
  const [refused, setRefused] = useState<Error | null>(null);
  const named = useMutation({ mutationFn: onName, onSuccess: onClose });
  function submitted(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const name = (valuesOf(event.currentTarget).name ?? '').trim();
    const problem = problemOf(name, taken);
    setRefused(problem);
    if (problem === null) named.mutate(name);
  }
  return (
    <Modal label={title} onClose={onClose}>
      <form className="form narrow" aria-labelledby={head} onSubmit={submitted} noValidate>
        <h2 id={head}>{title}</h2>
        <Field label="Name" name="name" defaultValue={initial} maxLength={LONGEST_NAME} autoComplete="off" />
        <Problem error={refused ?? named.error} />
        <div className="buttons">
          <ActionButton type="submit" className="primary" disabled={named.isPending}>
            {action}
          </ActionButton>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Modal>
  );
}

function problemOf(name: string, taken: readonly string[]): Error | null {
  if (name === '') return new Error('A workspace needs a name.');
  if (/[/\\]/.test(name)) return new Error('A name has no slash. Choose another one.');
  if (taken.includes(name))
    return new Error(`There is a workspace called ${name} already. Choose another one.`);
  return null;
}

interface DeleteDialogProps {
  readonly name: string;
  readonly isShipped: boolean;
  readonly onDelete: () => Promise<void>;
  readonly onClose: () => void;
}

/** Asks once more before a workspace is deleted. */
export const DeleteDialog = ({ name, isShipped, onDelete, onClose }: DeleteDialogProps) => (
  <Question title={`Delete ${name}?`} action="Delete" onAgreed={onDelete} onClose={onClose}>
    {isShipped
      ? 'The name stands for the workspace that comes with the dashboard again.'
      : 'Links to it keep working.'}
  </Question>
);

interface ReplaceDialogProps {
  readonly name: string;
  readonly unlike: NonNullable<Unlike>;
  /** Nothing is saved under the name any more. */
  readonly isDeleted: boolean;
  readonly onReplace: () => Promise<void>;
  readonly onClose: () => void;
}

/** Asks before a workspace is replaced by what did not begin from it as it is saved now. */
export function ReplaceDialog({ name, unlike, isDeleted, onReplace, onClose }: ReplaceDialogProps) {
  const why = {
    'of a link': `These panels came by a link, and saving them replaces your own workspace ${name}.`,
    'changed elsewhere': isDeleted
      ? `${name} was deleted elsewhere since it was opened here, and saving makes it anew.`
      : `${name} was saved elsewhere since it was opened here, and saving replaces that.`,
  };
  return (
    <Question
      title={isDeleted ? `Save ${name} anew?` : `Replace ${name}?`}
      action={isDeleted ? 'Save' : 'Replace'}
      onAgreed={onReplace}
      onClose={onClose}
    >
      {why[unlike]} “Save as” keeps both.
    </Question>
  );
}

interface QuestionProps {
  readonly title: string;
  readonly action: string;
  /** What will be so afterwards. */
  readonly children: ReactNode;
  /** Rejects with what went wrong. */
  readonly onAgreed: () => Promise<void>;
  readonly onClose: () => void;
}

function Question({ title, action, children, onAgreed, onClose }: QuestionProps) {
  const agreed = useMutation({ mutationFn: onAgreed, onSuccess: onClose });
  return (
    <Modal label={title} onClose={onClose}>
      <h2>{title}</h2>
      <p>{children}</p>
      <Problem error={agreed.error} />
      <div className="buttons">
        <ActionButton className="primary" disabled={agreed.isPending} onClick={() => agreed.mutate()}>
          {action}
        </ActionButton>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Modal>
  );
}

interface LinkDialogProps {
  readonly link: string;
  readonly onClose: () => void;
}

/** The link that shows a workspace to anybody. */
export function LinkDialog({ link, onClose }: LinkDialogProps) {
  const field = useRef<HTMLInputElement>(null);
  const { said, copy } = useCopy('link');
  return (
    <Modal label="Link to this workspace" onClose={onClose}>
      <div className="form narrow">
        <h2>Link to this workspace</h2>
        <p>It shows these panels, this product, expiry and instant to anybody, and saves nothing.</p>
        <div className="field">
          <label htmlFor="workspace-link">Link</label>
          <input
            ref={field}
            id="workspace-link"
            readOnly
            value={link}
            onFocus={({ target }) => target.select()}
          />
        </div>
        {said && <p role="status">{said}</p>}
        <div className="buttons">
          <button
            type="button"
            className="primary"
            onClick={() => void copy(link, () => field.current?.select())}
          >
            Copy
          </button>
          <button type="button" onClick={onClose}>
            Close
          </button>
        </div>
      </div>
    </Modal>
  );
}
