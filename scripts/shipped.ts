/**
 * The packages of others that are in what is shipped, in the image and in the published package alike: those that a node
 * needs while it runs, and those that the page's build copies into its files.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSource } from '../test/support/imports.ts';

export interface LockedPackage {
  readonly version: string;
  /** An SPDX expression. */
  readonly license?: string;
  /** Whether it stands for a folder of the project. */
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Lock {
  /** By place, like `node_modules/a/node_modules/b`; the project itself is at ''. */
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export type Packages = ReadonlyMap<string, LockedPackage>;

/** All packages of others in `package-lock.json`, by place; and the project itself. Without the parts of it that have packages of their own. */
export function lockedPackages(repository: string): Packages {
  const { packages } = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as Lock;
  return new Map(
    Object.entries(packages).filter(([place, { link }]) => place === '' || (place.includes('node_modules/') && link !== true)),
  );
}

/** `a` of `node_modules/b/node_modules/a`. */
export function nameAt(place: string): string {
  return place.split('node_modules/').at(-1) ?? '';
}

/** Packages whose code the page's build copies. */
export function bundledNames(repository: string): string[] {
  const files = readSource(join(repository, 'src/dashboard')).filter(({ path }) => !/\.(test|test-support|config)\.tsx?$/.test(path));
  const names = files.flatMap(({ packages }) => packages).map((path) => /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path);
  return [...new Set(names)].toSorted();
}

/** @param names - what is needed of the project's own dependencies. @returns the places of these, and of all that they need */
export function reached(packages: Packages, names: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (from: string, name: string): void => {
    const place = placeOf(packages, from, name);
    if (place === undefined) throw new Error(`package-lock.json has no ${name} for ${from === '' ? 'the project' : from}`);
    if (found.has(place)) return;
    found.add(place);
    for (const needed of Object.keys(packages.get(place)?.dependencies ?? {})) visit(place, needed);
  };
  for (const name of names) visit('', name);
  return found;
}

/** Where Node finds a package that one at this place imports. */
function placeOf(packages: Packages, from: string, name: string): string | undefined {
  const place = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
  if (packages.has(place)) return place;
  return from === '' ? undefined : placeOf(packages, from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/'))), name);
}

/** The places of all that is shipped. */
export function shipped(repository: string): ReadonlySet<string> {
  const packages = lockedPackages(repository);
  return reached(packages, [...Object.keys(packages.get('')?.dependencies ?? {}), ...bundledNames(repository)]);
}
