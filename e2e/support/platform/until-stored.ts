/** Resolves when a chain of each product can be had. */
export async function untilStored(url: string, products: readonly string[]): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const responses = await Promise.all(products.map((product) => fetch(`${url}/api/data/chain/${product}`)));
    if (responses.every(({ ok }) => ok)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no chain of ${products.join(' or ')} was stored`);
}
