/**
 * Makes `client-package/`, the folder of `@replicated-log/client` to pack and publish: the same code as
 * `replicated-log/client`, for those who run no node. It has no dependencies.
 */

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { copyDeclarations } from './declarations.ts';

const target = 'client-package';

const { version, license, type } = JSON.parse(readFileSync('package.json', 'utf8')) as Readonly<Record<string, string>>;
const manifest = {
  name: '@replicated-log/client',
  version,
  description:
    'The client of replicated-log, a replicated, durable, append-only log over HTTP. For Node and browsers, without dependencies.',
  keywords: ['replicated-log', 'event-log', 'append-only-log', 'client'],
  license,
  type,
  // What it uses of the language is checked by the types of tsconfig.client.json.
  engines: { node: '>=20' },
  sideEffects: false,
  exports: { '.': { types: './dist/client/index.d.ts', default: './dist/client/index.js' } },
};

rmSync(target, { recursive: true, force: true });
mkdirSync(target);
cpSync('LICENSE', `${target}/LICENSE`);
// Its code is put beside its types.
copyDeclarations('dist', ['client/index'], `${target}/dist`);
cpSync('src/client/README.md', `${target}/README.md`);
writeFileSync(`${target}/package.json`, `${JSON.stringify(manifest, undefined, 2)}\n`);
