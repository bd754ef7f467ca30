import { type ReactNode, Suspense, useRef } from 'react';
import { Link, useSearch } from 'wouter';
import { PanelBoundary } from '../panel/boundary/panel-boundary.tsx';
import { PanelVisible, useOnScreen } from '../panel/panel-visible.tsx';
import { Skeleton } from '../panel/states.tsx';
import { useSession } from '../platform/platform.tsx';
import { loginAddress } from '../session/local-address.ts';
import { type Needs, PANELS, type Page } from './pages.ts';

/** A page of panels in a grid of twelve columns; where some are for others, it says for whom. */
export function PanelPage({ page }: { readonly page: Page }) {
  const role = useSession()?.user.role;
  const mayUse = (needs?: Needs) =>
    needs === undefined || (needs === 'login' ? role !== undefined : role === 'admin');
  const refused = page.panels.find((name) => !mayUse(PANELS[name].needs));
  return (
    <div className="panel-grid">
      {refused && <AccessNote page={page} needs={PANELS[refused].needs as Needs} role={role} />}
      {page.panels.map((name) => {
        const { component: Component, span, needs } = PANELS[name];
        if (!mayUse(needs)) return null;
        return (
          <Slot key={name} span={span}>
            <PanelBoundary>
              <Suspense fallback={<Skeleton />}>
                <Component />
              </Suspense>
            </PanelBoundary>
          </Slot>
        );
      })}
    </div>
  );
}

interface SlotProps {
  readonly span: number;
  readonly children: ReactNode;
}

/** The place of a panel; what the panel follows is left while its place is off the screen. */
function Slot({ span, children }: SlotProps) {
  const slot = useRef<HTMLDivElement>(null);
  return (
    <div ref={slot} className={`span-${span}`}>
      <PanelVisible visible={useOnScreen(slot)}>{children}</PanelVisible>
    </div>
  );
}

interface AccessNoteProps {
  readonly page: Page;
  readonly needs: Needs;
  readonly role: string | undefined;
}

function AccessNote({ page, needs, role }: AccessNoteProps) {
  const search = useSearch();
  return (
    <section className="panel span-12" aria-label="Access">
      <div className="message">
        <p>
          {needs === 'login'
            ? 'Password, second factor, sessions and API keys are those of an account.'
            : `The other panels are for the role admin; ${
                role ? `yours is ${role}` : 'you are not logged in'
              }. It is needed where nobody else is asked to log in, too.`}
        </p>
        {role === undefined && (
          <p>
            <Link href={loginAddress(page.path, search)}>Log in</Link>
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
