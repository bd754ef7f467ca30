import { globSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { rolldown } from 'rolldown';
import { BUNDLE_FOLDER, contentHash, ENTRIES, LIST, ROOT } from './bundled-server.mjs';

const FOLDER = join(ROOT, BUNDLE_FOLDER);
const PACKAGES = join(ROOT, 'packages');
/** A script of a thread, beside the module that starts it. */
const SCRIPT = String.raw`new URL\('([^']+\.ts)', import\.meta\.url\)`;
/** They have native parts or threads of their own, or are loaded by few and then for long. */
const NOT_BUNDLED =
  /^(@node-rs\/argon2|@scalar\/.+|@uwdata\/flechette|bcrypt|hyparquet.*|mongodb|msgpackr-extract|nodemailer|openid-client|pg|piscina)$/;
/** A file that changed so shortly before may do so again within the same second. */
const RECENT_MS = 2_000;
/** Where a chunk is: a library that was CommonJS finds its own files from there. */
const HERE = 'deltastreamBundleFolder';

/** The names of files that something starts with, by their sources: those of threads are named after these. */
const chunkNames = new Map(Object.entries(ENTRIES).map(([name, path]) => [join(ROOT, path), name]));
for (const path of globSync('*/src/**/*.ts', {
  cwd: PACKAGES,
  exclude: ['**/*.{test,fixture,contract}.ts', '*/src/testing'],
})) {
  const file = join(PACKAGES, path);
  for (const [, target] of readFileSync(file, 'utf8').matchAll(new RegExp(SCRIPT, 'g'))) {
    const thread = resolve(dirname(file), target);
    chunkNames.set(thread, relative(PACKAGES, thread).replaceAll(sep, '.').replace(/ts$/, 'mjs'));
  }
}

const fromBundle = (path) => relative(FOLDER, path).replaceAll(sep, '/');

/** Of ours: a module is where its source is, and what it finds from there is found; scripts of threads are bundled. */
function placed(code, file) {
  const place = { url: file, filename: file, dirname: dirname(file) };
  const own = new RegExp(`${SCRIPT}|import\\.meta\\.(url|filename|dirname)\\b`, 'g');
  return code.replace(own, (_all, script, what) => {
    if (script) return `new URL('./${chunkNames.get(resolve(dirname(file), script))}', import.meta.url)`;
    const path = JSON.stringify(fromBundle(place[what]));
    if (what === 'url') return `new URL(${path}, import.meta.url).href`;
    return `process.getBuiltinModule('node:path').join(import.meta.dirname, ${path})`;
  });
}

/** Of a library that is CommonJS: what it finds beside itself is found from the bundle. */
function placedLibrary(code, file) {
  const place = { __dirname: dirname(file), __filename: file };
  return code.replace(
    /(?<![\w.'"])__(?:dirname|filename)(?!\w)/g,
    (name) => `require("node:path").join(${HERE}, ${JSON.stringify(fromBundle(place[name]))})`,
  );
}

/** Path from the root, size, time and content of each: by these a start knows whether the bundle is of them. */
function listOf(files) {
  return files.map((file) => {
    const { size, mtimeMs } = statSync(file);
    const seconds = begun - mtimeMs < RECENT_MS ? null : Math.floor(mtimeMs / 1000);
    return [relative(ROOT, file).replaceAll(sep, '/'), size, seconds, contentHash(file)];
  });
}

const begun = Date.now();
const bundle = await rolldown({
  input: Object.fromEntries([...chunkNames].map(([file, name]) => [name, file])),
  cwd: ROOT,
  platform: 'node',
  external: NOT_BUNDLED,
  plugins: [
    {
      name: 'places',
      transform: {
        filter: { code: /import\.meta|__dirname|__filename/ },
        handler: (code, id) => ({
          code: id.startsWith(PACKAGES + sep) ? placed(code, id) : placedLibrary(code, id),
        }),
      },
    },
  ],
});
// Complete or not at all: a process that starts meanwhile finds the former one, or none.
const making = `${FOLDER}.${process.pid}`;
await bundle.write({
  dir: making,
  entryFileNames: '[name]',
  chunkFileNames: '[name]-[hash].mjs',
  banner: `const ${HERE} = import.meta.dirname;`,
  comments: false,
  // One character that is not Latin makes the text of a chunk twice as large in memory.
  charset: 'ascii',
});
const own = (await bundle.watchFiles).filter((file) => file.startsWith(PACKAGES + sep));
const others = ['package-lock.json', 'packages/server/bin/bundle-server.mjs'].map((path) => join(ROOT, path));
writeFileSync(join(making, LIST), JSON.stringify(listOf([...own, ...others])));
rmSync(FOLDER, { recursive: true, force: true });
renameSync(making, FOLDER);
