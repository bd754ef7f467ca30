import './login-page.css';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { localAddress } from './local-address.ts';
import { LoginForm } from './login-form.tsx';
import { Providers } from './providers.tsx';
import { RegisterForm } from './register-form.tsx';

/** The login alone: nothing of the market is asked for before it. */
export function LoginPage() {
  const [registering, setRegistering] = useState(false);
  const [path] = useLocation();
  const title = registering ? 'Create an account' : 'Log in';
  return (
    <main className="login">
      <h1>DeltaStream</h1>
      <section aria-label={title} className="login-card">
        <h2>{title}</h2>
        {registering ? <RegisterForm /> : <LoginForm />}
        <Providers />
        <button type="button" className="quiet" onClick={() => setRegistering(!registering)}>
          {registering ? 'I have an account' : 'Create an account'}
        </button>
      </section>
      {path === '/login' && <Link href={localAddress(null)}>To the dashboard</Link>}
    </main>
  );
}
