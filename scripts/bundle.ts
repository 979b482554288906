/**
 * Puts the modules of a program into few files, which Node loads in a fraction of the time: a node is hundreds of modules.
 *
 *     node scripts/bundle.ts rlog       dist/rlog: the commands with all libraries, which bin/rlog runs in a checkout and in an image
 *     node scripts/bundle.ts package    dist: what is published, without the libraries, which npm installs
 *     node scripts/bundle.ts client     client-package/dist: the client alone
 */

import { readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

interface Bundle {
  readonly outDir: string;
  /** By the path that the file gets in `outDir`, without its ending. */
  readonly entries: Readonly<Record<string, string>>;
  readonly hasLibraries: boolean;
  /** How the file of an entry is named. */
  readonly entryNames: string;
}

/** Run while it is built: so nothing is overwritten or missing for a moment, and `main.js` comes last. */
const rlog: Bundle = {
  outDir: 'dist/rlog',
  entries: { main: 'src/cli/main.ts' },
  hasLibraries: true,
  entryNames: 'chunks/[name]-[hash].js',
};

const published: Bundle = {
  outDir: 'dist',
  entries: {
    'cli/main': 'src/cli/main.ts',
    'client/index': 'src/client/index.ts',
    'embed/index': 'src/embed/index.ts',
    'embed/inside/thread': 'src/embed/inside/thread.ts',
    'testing/index': 'src/testing/index.ts',
  },
  hasLibraries: false,
  entryNames: '[name].js',
};

const client: Bundle = { ...published, outDir: 'client-package/dist', entries: { 'client/index': 'src/client/index.ts' } };

/** @returns the paths of its files in `outDir`, entries first */
async function written({ outDir, entries, hasLibraries, entryNames }: Bundle): Promise<string[]> {
  const built = await build({
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    build: {
      ssr: true,
      target: 'node24',
      outDir,
      emptyOutDir: false,
      minify: false,
      rolldownOptions: { input: { ...entries }, output: { entryFileNames: entryNames, chunkFileNames: 'chunks/[name]-[hash].js' } },
      // Libraries that are copied ask for their licence beside each copy.
      license: hasLibraries ? { fileName: 'licences.md' } : false,
    },
    ...(hasLibraries && { ssr: { noExternal: true } }),
  });
  if (!('output' in built)) throw new Error('one build was asked for');
  return built.output.map(({ fileName }) => fileName);
}

/** What a process that runs now may still load stays for an hour. */
function removeOld(folder: string, current: readonly string[]): void {
  const hourAgo = Date.now() - 3_600_000;
  const isOld = (path: string): boolean => statSync(path).mtimeMs < hourAgo;
  for (const name of readdirSync(folder)) if (!current.includes(`chunks/${name}`) && isOld(join(folder, name))) rmSync(join(folder, name));
}

async function buildRlog(): Promise<void> {
  const startedAt = new Date();
  const files = await written(rlog);
  const fresh = join(rlog.outDir, `main.${process.pid}.js`);
  writeFileSync(fresh, `import './${files[0]}';\n`);
  // As old as the sources that were read: what was changed meanwhile is newer, so bin/rlog notices.
  utimesSync(fresh, startedAt, startedAt);
  renameSync(fresh, join(rlog.outDir, 'main.js'));
  removeOld(join(rlog.outDir, 'chunks'), files);
}

const builds: Readonly<Record<string, () => Promise<unknown>>> = {
  rlog: buildRlog,
  package: () => written(published),
  client: () => written(client),
};
const [name = ''] = process.argv.slice(2);
const chosen = builds[name];
if (chosen === undefined) throw new Error(`which one? ${Object.keys(builds).join(', ')}`);
await chosen();
