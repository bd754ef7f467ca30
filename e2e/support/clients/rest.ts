/** GET as JSON; fails with the problem document when the response is not 200. */
export async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(`${response.status} ${url}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Every item of a paged list. */
export async function getAll<Item, Key extends string>(url: string, key: Key): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: { next_cursor: string | null } & Record<Key, Item[]> = await getJson(
      cursor === null ? url : `${url}&cursor=${encodeURIComponent(cursor)}`,
    );
    items.push(...page[key]);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return items;
}
