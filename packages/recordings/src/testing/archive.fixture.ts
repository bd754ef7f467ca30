import { crc32, deflateRawSync } from 'node:zlib';
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

/** The beginning of a tar archive whose first member has so many bytes, which do not follow. */
export async function tarHeader(name: string, size: number): Promise<Uint8Array> {
  const archive = pack();
  archive.entry({ name, size });
  const { value } = await (archive as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]().next();
  return value;
}

/** A zip archive with these members, deflated, in this order. */
export function zipOf(
  members: readonly (readonly [name: string, content: string])[],
): Uint8Array<ArrayBuffer> {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  const packings = new Map<string, { packed: Buffer; crc: number; size: number }>();
  let offset = 0;
  for (const [name, content] of members) {
    const path = Buffer.from(name);
    const packing = packings.get(content) ?? {
      packed: deflateRawSync(content),
      crc: crc32(content),
      size: Buffer.byteLength(content),
    };
    packings.set(content, packing);
    const { packed, crc, size } = packing;
    // Version to six date bytes, checksum, sizes, length of the name: the same in both places.
    const about = Buffer.alloc(24);
    about.writeUInt16LE(20, 0);
    about.writeUInt16LE(8, 4);
    about.writeUInt32LE(crc, 10);
    about.writeUInt32LE(packed.length, 14);
    about.writeUInt32LE(size, 18);
    about.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), about, Buffer.alloc(2), path, packed]);
    const rest = Buffer.alloc(16);
    rest.writeUInt32LE(offset, 12);
    directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002'), Buffer.from([20, 0]), about, rest, path]));
    bodies.push(local);
    offset += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(members.length, 4);
  end.writeUInt16LE(members.length, 6);
  end.writeUInt32LE(entries.length, 8);
  end.writeUInt32LE(offset, 12);
  return Uint8Array.from(Buffer.concat([...bodies, entries, Buffer.from('PK\u0005\u0006'), end]));
}
