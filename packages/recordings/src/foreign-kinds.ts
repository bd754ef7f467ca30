interface ForeignKind {
  /** How the first bytes begin as text; U+FFFD where they are none in UTF-8. */
  readonly begins: string | RegExp;
  readonly says: string;
}

const REPACK = 'unpack it, or pack it as gz, xz or zst';
const WORKBOOK = 'is an Excel workbook; save its sheet as CSV';
const nested = (name: string) => `is compressed with ${name} once more or inside an archive; unpack that`;

/** Kinds of file in which people keep recordings and that no reader takes. */
const FOREIGN_KINDS: readonly ForeignKind[] = [
  { begins: new RegExp(`^\uFFFD{2}.${'\0'}`), says: 'is text in UTF-16; save it as UTF-8' },
  { begins: '\x1F\uFFFD\b', says: nested('gzip') },
  { begins: '\uFFFD7zXZ\0', says: nested('xz') },
  { begins: '(\uFFFD/\uFFFD', says: nested('zstd') },
  { begins: 'BZh', says: `is compressed with bzip2; ${REPACK}` },
  { begins: ']\0\0', says: `is compressed with lzma; ${REPACK}` },
  { begins: 'PK\x03\x04', says: 'is a zip archive inside another; unpack that' },
  { begins: 'PK\x05\x06', says: 'is a zip archive without files' },
  { begins: '7z\uFFFD\uFFFD', says: 'is a 7z archive; pack it as zip or tar' },
  { begins: 'Rar!\x1A', says: 'is a rar archive; pack it as zip or tar' },
  { begins: '\uFFFD\uFFFD\x11\u0871\x1A', says: WORKBOOK },
  { begins: /^<\?xml[^>]*>\s*<Types\b/, says: WORKBOOK },
  { begins: '\0'.repeat(64), says: 'holds zeros only' },
  { begins: /^\s*$/, says: 'is empty' },
];

/** What a beginning is where it is of a known kind that is not read, and what to do about it; null else. */
export function foreignKind(head: string): string | null {
  const isOf = (begins: string | RegExp) =>
    typeof begins === 'string' ? head.startsWith(begins) : begins.test(head);
  return FOREIGN_KINDS.find(({ begins }) => isOf(begins))?.says ?? null;
}
