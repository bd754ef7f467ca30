import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Upright faces of the weights that the dashboard uses. */
const FACES = ['400Regular', '600SemiBold', '700Bold'];

/**
 * Environment of a browser that has one font and draws it in one way, whatever is installed on the machine: `system-ui`
 * and every other family are Inter, without hinting and without colours of subpixels. Its configuration is written to
 * `folder`.
 */
export function fixedFonts(folder: string): Record<string, string> {
  const fonts = dirname(fileURLToPath(import.meta.resolve('@expo-google-fonts/inter/package.json')));
  const off = ['hinting', 'autohint']
    .map((name) => `<edit name="${name}"><bool>false</bool></edit>`)
    .join('');
  const file = join(folder, 'fonts.conf');
  writeFileSync(
    file,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
${FACES.map((face) => `<dir>${join(fonts, face)}</dir>`).join('\n')}
<cachedir>${join(folder, 'cache')}</cachedir>
<match target="font">${off}<edit name="rgba"><const>none</const></edit></match>
</fontconfig>`,
  );
  return { FONTCONFIG_FILE: file };
}
