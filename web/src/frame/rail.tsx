import { Link, useLocation, useSearch } from 'wouter';
import { PAGES } from '../pages/pages.ts';

/** The pages; a link keeps product, expiry and instant. */
export function Rail() {
  const [path] = useLocation();
  const search = useSearch();
  return (
    <nav className="rail" aria-label="Pages">
      {PAGES.map(({ path: to, title, icon: Icon }) => (
        <Link
          key={to}
          href={search ? `${to}?${search}` : to}
          aria-current={path === to ? 'page' : undefined}
          title={title}
        >
          <Icon aria-hidden size={18} />
          <span>{title}</span>
        </Link>
      ))}
      <a className="rail-end" href="/api/docs">
        API
      </a>
    </nav>
  );
}
