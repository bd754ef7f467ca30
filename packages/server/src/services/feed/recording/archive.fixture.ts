import { pack } from 'tar-stream';

/** A tar archive with these members, in this order. */
export async function tarOf(
  members: readonly (readonly [name: string, content: string])[],
): Promise<Uint8Array> {
  const archive = pack();
  for (const [name, content] of members) archive.entry({ name }, content);
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
