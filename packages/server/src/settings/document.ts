import type { SettingSchema } from '../kit/settings-fragment.ts';
import { FRAGMENTS } from './compose.ts';
import { flagName } from './sources.ts';

/** The tables of docs/settings.md: each setting with its default, its unit or values, and what it is for. */
export const settingsTables = (): string =>
  FRAGMENTS.map(({ title, published }) => {
    const rows = Object.entries<SettingSchema>(published).map(([name, schema]) => row(name, schema));
    return `## ${title}\n| flag | default | unit or values | |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  }).join('\n');

function row(name: string, { description = '', ...schema }: SettingSchema): string {
  const flag = `\`--${flagName(name)}\``;
  const given = schema.secret ? `${flag}, \`--${flagName(name)}-file\`` : flag;
  const value = schema.default === undefined ? '' : `\`${JSON.stringify(schema.default)}\``;
  return `| ${given} | ${value} | ${kindOf(schema)} | ${description.replaceAll('|', '\\|')} |`;
}

function kindOf({ items, enum: values, unit, type = '', minimum, maximum }: SettingSchema): string {
  if (items) return `list of ${kindOf(items)}`;
  if (values) return values.map((each) => `\`${each}\``).join(', ');
  const range = maximum === undefined ? `from ${minimum}` : `${minimum} to ${maximum}`;
  return `${unit ?? type}${minimum === undefined ? '' : `, ${range}`}`;
}
