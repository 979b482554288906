/** The built page: small, complete, and with nothing in it that a strict content security policy refuses. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { bundledNames } from '../scripts/shipped.ts';
import { repository } from './support/nodes.ts';

/** For scripts and styles together, compressed. */
const bytesMax = 150 * 1024;

const folder = mkdtempSync(join(tmpdir(), 'rlog-page-'));

before(async () => {
  const vite = join(repository, 'node_modules', 'vite', 'bin', 'vite.js');
  const args = [vite, 'build', '--config', 'src/dashboard/vite.config.ts', '--outDir', folder, '--emptyOutDir', '--logLevel', 'warn'];
  await promisify(execFile)(process.execPath, args, { cwd: repository });
});

after(() => rmSync(folder, { recursive: true, force: true }));

test('scripts and styles are small', () => {
  const sizes = assets('.js', '.css').map(({ name, bytes }) => ({ name, gzipBytes: gzipSync(bytes).length }));
  const total = sizes.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0);
  assert.ok(total > 0 && total <= bytesMax, `${total} bytes: ${JSON.stringify(sizes)}`);
});

test('all scripts and styles come from the page’s own files', () => {
  const html = readFileSync(join(folder, 'index.html'), 'utf8');
  for (const [script] of html.matchAll(/<script\b[^>]*>[^<]*/g)) assert.match(script, /^<script [^>]*src="\.\/assets\/[^"]+">$/);
  assert.doesNotMatch(html, /<style|\sstyle=|\son[a-z]+=|javascript:|data:/i);
  for (const { name, bytes } of assets('.css')) assert.doesNotMatch(bytes.toString('utf8'), /url\((?!\.)|@import/i, name);
});

test('every file that the page names is built, and its path is relative', () => {
  const html = readFileSync(join(folder, 'index.html'), 'utf8');
  const names = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name = '']) => name);
  assert.ok(names.length >= 3, names.join(', '));
  for (const name of names) {
    assert.match(name, /^\.\/assets\//);
    readFileSync(join(folder, name));
  }
});

test('the licence of each package that the page bundles is beside it', () => {
  const text = readFileSync(join(folder, 'licences.md'), 'utf8');
  const names = bundledNames(repository);
  assert.ok(names.length > 0);
  for (const name of names) assert.match(text, new RegExp(`^## ${name} - .*\\n\\n.*[^]*?Copyright`, 'm'));
});

function assets(...endings: readonly string[]): { readonly name: string; readonly bytes: Buffer }[] {
  const names = readdirSync(join(folder, 'assets')).filter((name) => endings.includes(extname(name)));
  return names.map((name) => ({ name, bytes: readFileSync(join(folder, 'assets', name)) }));
}
