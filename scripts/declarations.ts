/** The types of a package: of all declarations that the compiler made, those that a user can reach from its entries. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** The file of ours that a declaration names, as `from './x.ts'` or `import('./x.js')`. */
const named = /(\bfrom |\bimport\()(["'])(\.[^"']*)\.[jt]s\2/g;

/**
 * Copies these files and all that they name. What the compiler leaves as `./x.ts` is named `./x.js`, as the code beside it is.
 * @param entries - relative to `source`, like `client/index`
 */
export function copyDeclarations(source: string, entries: readonly string[], target: string): void {
  const copied = new Set<string>();
  const copy = (name: string): void => {
    if (copied.has(name)) return;
    copied.add(name);
    const text = readFileSync(join(source, `${name}.d.ts`), 'utf8');
    mkdirSync(dirname(join(target, name)), { recursive: true });
    writeFileSync(join(target, `${name}.d.ts`), text.replaceAll(named, '$1$2$3.js$2'));
    for (const [, , , path = ''] of text.matchAll(named)) copy(normalize(join(dirname(name), path)));
  };
  for (const entry of entries) copy(entry);
}
