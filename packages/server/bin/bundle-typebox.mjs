import { renameSync, rmSync } from 'node:fs';
import { rolldown } from 'rolldown';
import { bundleFolder, ENTRIES } from './bundled-typebox.mjs';

const folder = bundleFolder();
if (folder === null) throw new Error('TypeBox is not installed; "npm ci" brings it');
const input = Object.fromEntries(Object.entries(ENTRIES).map(([entry, file]) => [file, entry]));
const bundle = await rolldown({ input, preserveEntrySignatures: 'strict', platform: 'node' });
// Complete or not at all: a process that starts meanwhile finds the former one, or none.
const making = `${folder}.${process.pid}`;
await bundle.write({ dir: making, entryFileNames: '[name]', chunkFileNames: 'common-[hash].mjs' });
rmSync(folder, { recursive: true, force: true });
renameSync(making, folder);
