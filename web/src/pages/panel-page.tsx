import { Link, useSearch } from 'wouter';
import { useSession } from '../platform/platform.tsx';
import { loginAddress } from '../session/local-address.ts';
import type { Page } from './pages.ts';
import { type Needs, PANELS } from './panels.ts';
import { PlacedPanel, useMayUse } from './placed-panel.tsx';

/** A page of panels in a grid of twelve columns; where some are for others, it says for whom. */
export function PanelPage({ page }: { readonly page: Page }) {
  const role = useSession()?.user.role;
  const mayUse = useMayUse();
  const refused = page.panels.find((name) => !mayUse(PANELS[name].needs));
  return (
    <div className="panel-grid">
      {refused && (
        <AccessNote
          path={page.path}
          needs={PANELS[refused].needs as Needs}
          role={role}
          of={page.needs === undefined ? 'The other panels are' : 'The log is'}
        />
      )}
      {page.panels.map((name) => {
        const { span, needs } = PANELS[name];
        return mayUse(needs) ? <PlacedPanel key={name} name={name} className={`span-${span}`} /> : null;
      })}
    </div>
  );
}

interface AccessNoteProps {
  readonly path: string;
  readonly needs: Needs;
  readonly role: string | undefined;
  /** What is for others, as the beginning of a sentence. */
  readonly of: string;
}

/** For whom it is what is not here, and how to become one of them. */
export function AccessNote({ path, needs, role, of }: AccessNoteProps) {
  const search = useSearch();
  return (
    <section className="panel span-row" aria-label="Access">
      <div className="message">
        <p>
          {needs === 'login'
            ? 'Password, second factor, sessions and API keys are those of an account.'
            : `${of} for the role admin; ${
                role ? `yours is ${role}` : 'you are not logged in'
              }. It is needed where nobody else is asked to log in, too.`}
        </p>
        {role === undefined && (
          <p>
            <Link href={loginAddress(path, search)}>Log in</Link>
          </p>
        )}
        {needs === 'admin' && (
          <p>
            The operator makes an administrator with{' '}
            <code>npm start -- user create --email you@example.com --role admin</code>
          </p>
        )}
      </div>
    </section>
  );
}
