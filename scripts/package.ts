/**
 * Makes `package/`, the folder that is packed and published, with a manifest of its own; types and code are then put into its `dist`. The manifest of the
 * checkout would install the Node that the checkout runs on, and its `node` would then come before the user's own in every
 * script of the user's project.
 */

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const target = 'package';

/** Fields taken from the checkout's manifest; the others are only for development. */
const fields = ['name', 'version', 'description', 'keywords', 'license', 'type', 'engines', 'bin', 'exports', 'dependencies'];
const content = ['README.md', 'CHANGELOG.md', 'LICENSE', 'bin', 'dist/dashboard', 'docs', 'deploy'];

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Readonly<Record<string, unknown>>;
const missing = fields.filter((field) => !(field in manifest));
if (missing.length > 0) throw new Error(`package.json lacks ${missing.join(', ')}`);

rmSync(target, { recursive: true, force: true });
mkdirSync(target);
for (const name of content) cpSync(name, `${target}/${name}`, { recursive: true });
writeFileSync(
  `${target}/package.json`,
  `${JSON.stringify(Object.fromEntries(fields.map((field) => [field, manifest[field]])), undefined, 2)}\n`,
);
