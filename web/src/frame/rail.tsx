import { Braces, Keyboard, type LucideIcon, Search } from 'lucide-react';
import { Link, useLocation, useSearch } from 'wouter';
import { useKey, useRunKey } from '../keys/keys.tsx';
import { PAGES, type Page } from '../pages/pages.ts';
import { useMayUse } from '../pages/placed-panel.tsx';

/** The pages that the reader may see; a link, and the page's key after `g`, keep product, expiry and instant. */
export function Rail() {
  const mayUse = useMayUse();
  return (
    <nav className="rail" aria-label="Pages">
      {PAGES.filter(({ needs }) => mayUse(needs)).map((page) => (
        <PageLink key={page.path} page={page} />
      ))}
      <RailKey
        keys="Mod+k"
        title="Find"
        meaning="Find a product, expiry, page, panel or figure (Ctrl or Cmd K)"
        icon={Search}
      />
      <RailKey keys="?" title="Keys" meaning="List the keys (?)" icon={Keyboard} />
      <a href="/api/docs" title="Reference of the API">
        <Braces aria-hidden size={18} />
        <span>API</span>
      </a>
    </nav>
  );
}

interface RailKeyProps {
  readonly keys: string;
  readonly title: string;
  readonly meaning: string;
  readonly icon: LucideIcon;
}

/** What a key does, for readers who do not know that there is one. */
function RailKey({ keys, title, meaning, icon: Icon }: RailKeyProps) {
  const run = useRunKey();
  return (
    <button type="button" aria-label={meaning} title={meaning} onClick={() => run(keys)}>
      <Icon aria-hidden size={18} />
      <span>{title}</span>
    </button>
  );
}

function PageLink({ page: { path: to, title, icon: Icon, key } }: { readonly page: Page }) {
  const [path, go] = useLocation();
  const search = useSearch();
  const address = search ? `${to}?${search}` : to;
  useKey(`g ${key}`, `Go to ${title}`, () => go(address));
  return (
    <Link
      href={address}
      aria-current={path === to || (to !== '/' && path.startsWith(`${to}/`)) ? 'page' : undefined}
      title={`${title} (g ${key})`}
    >
      <Icon aria-hidden size={18} />
      <span>{title}</span>
    </Link>
  );
}
