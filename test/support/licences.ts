/** The licences of the packages in package-lock.json, and the page that lists them. */

import { lockedPackages, nameAt, shipped } from '../../scripts/shipped.ts';
import type { LockedPackage, Packages } from '../../scripts/shipped.ts';

/**
 * npm notes no licence of what it did not install, such as a tool for another system: that one has the licence of the
 * package whose part it is.
 */
export function licenceOf(all: Packages, place: string): string {
  const { license } = all.get(place) as LockedPackage;
  if (license !== undefined) return license;
  const whole = [...all.values()].find(({ optionalDependencies = {} }) => Object.hasOwn(optionalDependencies, nameAt(place)));
  return whole?.license ?? 'none';
}

/** docs/licences.md. */
export function licencesPage(repository: string): string {
  const packages = lockedPackages(repository);
  const places = [...packages.keys()].filter((place) => place !== '');
  const inShipped = shipped(repository);
  return [
    '# Licences of the packages we use',
    '',
    'Made from `package-lock.json` by `REWRITE=1 npm test -- docs`. The test lets in what asks for no more than its text beside each copy; tools may also have BlueOak-1.0.0, CC0-1.0, MPL-2.0, Python-2.0 or Unlicense, since they are not passed on. The texts are in the packages, and those of what the page bundles in `dist/dashboard/licences.md`.',
    '',
    '## In the image and in the published package',
    '',
    ...table(
      packages,
      places.filter((place) => inShipped.has(place)),
    ),
    '',
    'In the image there are Debian and [Node](https://github.com/nodejs/node/blob/main/LICENSE), too.',
    '',
    '## Tools, and what tests need',
    '',
    ...table(
      packages,
      places.filter((place) => !inShipped.has(place)),
    ),
    '',
  ].join('\n');
}

function table(packages: Packages, listed: readonly string[]): string[] {
  const byLicence = Map.groupBy(listed, (place) => licenceOf(packages, place));
  const rows = [...byLicence].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    '| licence | packages |',
    '| --- | --- |',
    ...rows.map(([licence, those]) => `| ${licence} | ${[...new Set(those.map(nameAt))].toSorted().join(', ')} |`),
  ];
}
