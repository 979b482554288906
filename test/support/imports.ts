/** Which file imports which, type imports too, and where there are import cycles. */

import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export interface SourceFile {
  /** Relative to the folder that was read, with slashes. */
  readonly path: string;
  readonly lineCount: number;
  /** Files of the same folder that it imports. */
  readonly files: readonly string[];
  /** What it imports from elsewhere: `node:fs`, `fastify`, `preact/hooks`. */
  readonly packages: readonly string[];
}

/** `import … from 'x'`, `export … from 'x'`, `import 'x'` at the beginning of a line; `import('x')` anywhere. */
const importPattern = /^(?:import|export)\b[^'";]*?\bfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

export function readSource(folder: string): SourceFile[] {
  return globSync('**/*.{ts,tsx,css}', { cwd: folder })
    .toSorted()
    .map((path) => sourceFile(path, readFileSync(join(folder, path), 'utf8')));
}

export function sourceFile(path: string, text: string): SourceFile {
  const files: string[] = [];
  const packages: string[] = [];
  for (const [, from, bare, dynamic] of text.matchAll(importPattern)) {
    const target = from ?? bare ?? dynamic ?? '';
    if (target.startsWith('.')) files.push(normalize(join(dirname(path), target)));
    else packages.push(target);
  }
  return { path, lineCount: text.split('\n').length - 1, files, packages };
}

/** Groups of names that reach each other along the arrows, each group once (Tarjan: "Depth-first search", 1972). */
export function circles(arrows: ReadonlyMap<string, Iterable<string>>): string[][] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const visit = (name: string): void => {
    order.set(name, order.size);
    lowest.set(name, order.size - 1);
    path.push(name);
    for (const next of arrows.get(name) ?? []) {
      if (!order.has(next)) visit(next);
      if (path.includes(next)) lowest.set(name, Math.min(lowest.get(name) ?? 0, lowest.get(next) ?? 0));
    }
    if (lowest.get(name) !== order.get(name)) return;
    const group = path.splice(path.indexOf(name));
    if (group.length > 1) found.push(group.toSorted());
  };
  for (const name of arrows.keys()) if (!order.has(name)) visit(name);
  return found;
}

/** What a file exports by name. */
export function exportedNames(text: string): string[] {
  const declared = [...text.matchAll(/^export (?:abstract |async |declare )*(?:class|const|function\*?|interface|let|type) (\w+)/gm)].map(
    ([, name = '']) => name,
  );
  const listed = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, names = '']) =>
    names.split(',').map((name) => name.trim().split(' ').at(-1) ?? ''),
  );
  return [...declared, ...listed].filter((name) => name !== '');
}

/** `committedEnd`, `CommittedEnd` and `committed-end.ts` in lower-case words. */
export function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
}
