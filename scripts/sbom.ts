/**
 * Prints the bill of materials (CycloneDX, JSON) of what is shipped: the packages of scripts/shipped.ts, with versions,
 * checksums, licences and who needs whom. npm makes it from package-lock.json. What we change: npm names the project after
 * its folder, and counts what the page bundles as a tool.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lockedPackages, nameAt, shipped } from './shipped.ts';

interface Component {
  name: string;
  readonly 'bom-ref': string;
  scope: 'required' | 'optional' | 'excluded';
  properties: readonly { readonly name: string }[];
}

interface Bom {
  readonly metadata: { readonly component: Component };
  components: Component[];
  dependencies: { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const repository = fileURLToPath(new URL('..', import.meta.url));
const args = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
const bom = JSON.parse(execFileSync('npm', args, { cwd: repository, encoding: 'utf8', maxBuffer: 1e8 })) as Bom;

const packages = lockedPackages(repository);
const refs = new Set([...shipped(repository)].map((place) => `${nameAt(place)}@${packages.get(place)?.version}`));
const { component } = bom.metadata;
component.name = (JSON.parse(readFileSync(`${repository}/package.json`, 'utf8')) as { readonly name: string }).name;
bom.components = bom.components.filter((each) => refs.delete(each['bom-ref']));
if (refs.size > 0) throw new Error(`npm does not list ${[...refs].join(', ')}`);
for (const each of bom.components) {
  each.scope = 'required';
  each.properties = each.properties.filter(({ name }) => name !== 'cdx:npm:package:development');
}
const kept = new Set([component, ...bom.components].map((each) => each['bom-ref']));
bom.dependencies = bom.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => kept.has(each)) }));
process.stdout.write(`${JSON.stringify(bom, undefined, 2)}\n`);
