/**
 * The built web page: its files are read once, kept in memory, and compressed once per encoding, on demand. Until the
 * page is built, a small one says how to build it.
 */

import { readFile, readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { packageRoot } from '../../io/package-root.ts';

export type Encoding = 'br' | 'gzip' | 'identity';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

const hint = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Replicated Log</title>
<h1>Replicated Log</h1>
<p>The server is running, but its page is not built. Run <code>npm run build:dashboard</code>, then reload.</p>
<p>Everything else works: <a href="messages">messages</a>, <a href="health">health</a>, <a href="openapi.json">the routes</a>.</p>
`;

/** The folder where the build puts the page. */
export function builtPage(): string {
  return join(packageRoot(), 'dist', 'dashboard');
}

/** One file of the page. */
export class PageFile {
  readonly type: string;
  readonly #bytes: Buffer;
  readonly #encoded = new Map<Encoding, Promise<Buffer>>();

  constructor(name: string, bytes: Buffer) {
    this.type = types[extname(name)] ?? 'application/octet-stream';
    this.#bytes = bytes;
  }

  as(encoding: Encoding): Promise<Buffer> {
    let encoded = this.#encoded.get(encoding);
    if (encoded === undefined) this.#encoded.set(encoding, (encoded = encode(this.#bytes, encoding)));
    return encoded;
  }
}

interface Build {
  readonly index: PageFile;
  readonly assets: ReadonlyMap<string, PageFile>;
}

export class Page {
  readonly #folder: string;
  readonly #hint = new PageFile('hint.html', Buffer.from(hint));
  #build: Promise<Build | undefined> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async index(): Promise<PageFile> {
    return (await this.#whenRead())?.index ?? this.#hint;
  }

  /** Only names that the build has are found, so no name leads outside its folder. */
  async asset(name: string): Promise<PageFile | undefined> {
    return (await this.#whenRead())?.assets.get(name);
  }

  /** If the page is not there, the next request looks again: it may have been built by then. */
  async #whenRead(): Promise<Build | undefined> {
    this.#build ??= read(this.#folder);
    let build: Build | undefined;
    try {
      build = await this.#build;
    } finally {
      if (build === undefined) this.#build = undefined;
    }
    return build;
  }
}

async function read(folder: string): Promise<Build | undefined> {
  try {
    const names = await readdir(join(folder, 'assets'));
    const assets = names.map(async (name) => [name, new PageFile(name, await readFile(join(folder, 'assets', name)))] as const);
    return { index: new PageFile('index.html', await readFile(join(folder, 'index.html'))), assets: new Map(await Promise.all(assets)) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function encode(bytes: Buffer, encoding: Encoding): Promise<Buffer> {
  switch (encoding) {
    case 'br':
      return promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
    case 'gzip':
      return promisify(gzip)(bytes, { level: 9 });
    case 'identity':
      return Promise.resolve(bytes);
  }
}
