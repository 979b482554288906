/**
 * What others rely on (the OpenAPI document, messages between nodes, batches on disk) does not change unnoticed: test/contract.json
 * has hashes of it, of the versions, and of the lines of the changelog under "The contract". When something changes, a version
 * must change too, or "The contract" must get another line.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { version } from '../src/api/version.ts';
import { openApiDocument } from '../src/http/openapi/openapi.ts';
import { formatVersion } from '../src/protocol/batch-codec.ts';
import { encodeMessage } from '../src/protocol/message-codec.ts';
import { protocolVersion } from '../src/protocol/versions.ts';
import { batchSamples, messageSamples } from './support/contract-samples.ts';
import { repository } from './support/nodes.ts';

interface Contract {
  /** The versions of the package, of the stream between nodes, and of batches. */
  readonly versions: Readonly<Record<string, number | string>>;
  /** Hash of the lines of the changelog under "The contract". */
  readonly announced: string;
  /** Hashes, by the name of what is hashed. */
  readonly hashes: Readonly<Record<string, string>>;
}

const path = join(repository, 'test/contract.json');

function hashOf(...pieces: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex').slice(0, 16);
}

/** The lines of the changelog under a heading "The contract". */
function announcements(changelog: string): string {
  const sections = changelog.split(/^(?=##)/m);
  return sections.filter((section) => section.startsWith('### The contract')).join('');
}

/** Descriptions for people may change at any time. */
function withoutProse(name: string, value: unknown): unknown {
  return (name === 'description' || name === 'summary') && typeof value === 'string' ? undefined : value;
}

async function present(): Promise<Contract> {
  const { info, ...document } = (await openApiDocument()) as { readonly info: { readonly version: string } };
  const { version: _version, ...about } = info;
  const messages = Object.entries(messageSamples).map(([kind, message]) => [`message ${kind}`, hashOf(...encodeMessage(message))]);
  const batches = Object.entries(batchSamples).map(([name, batch]) => [`batch of ${name}`, hashOf(batch.bytes)]);
  return {
    versions: { package: version, protocol: protocolVersion, format: formatVersion },
    announced: hashOf(announcements(readFileSync(join(repository, 'CHANGELOG.md'), 'utf8'))),
    hashes: Object.fromEntries([
      ['OpenAPI document', hashOf(JSON.stringify({ about, ...document }, withoutProse))],
      ...messages,
      ...batches,
    ]),
  };
}

/** @returns what differs from what was agreed, and whether that was announced */
function changesOf(agreed: Contract, now: Contract): { readonly changed: string[]; readonly isAnnounced: boolean } {
  const names = [...new Set([...Object.keys(agreed.hashes), ...Object.keys(now.hashes)])];
  return {
    changed: names.filter((name) => agreed.hashes[name] !== now.hashes[name]),
    isAnnounced: agreed.announced !== now.announced || JSON.stringify(agreed.versions) !== JSON.stringify(now.versions),
  };
}

const whatToDo = [
  'If that is intended: bump `protocolVersion` (src/protocol/versions.ts) for messages that older nodes cannot read, or',
  '`formatVersion` (src/protocol/batch-codec.ts) for batches that they cannot read, and keep reading the old ones; otherwise',
  'add a line to CHANGELOG.md under "The contract". Then REWRITE=1 npm test -- contract writes test/contract.json.',
].join('\n');

test('what others rely on changes only together with a version or a line of the changelog', async () => {
  const agreed = JSON.parse(readFileSync(path, 'utf8')) as Contract;
  const now = await present();
  const { changed, isAnnounced } = changesOf(agreed, now);
  if (process.env['REWRITE'] === '1' && (changed.length === 0 || isAnnounced)) {
    writeFileSync(path, `${JSON.stringify(now, null, 2)}\n`);
    return;
  }
  assert.deepEqual(changed, [], `differs from test/contract.json: ${changed.join(', ')}.\n${whatToDo}`);
  assert.deepEqual(now, agreed, 'a version, or "The contract" in CHANGELOG.md, changed: REWRITE=1 npm test -- contract records it');
});

test('an unannounced change is found, and a new version or a line of the changelog announces a change', () => {
  const agreed: Contract = { versions: { protocol: 1 }, announced: 'a', hashes: { x: '1', gone: '2' } };
  const changed = { ...agreed, hashes: { x: '3', new: '4' } };
  assert.deepEqual(changesOf(agreed, changed), { changed: ['x', 'gone', 'new'], isAnnounced: false });
  assert.equal(changesOf(agreed, { ...changed, versions: { protocol: 2 } }).isAnnounced, true);
  assert.equal(changesOf(agreed, { ...changed, announced: announcements('## 1\n### The contract\n- x\n### Other\n') }).isAnnounced, true);
  assert.equal(announcements('## 1\n\n### The contract\n\n- x\n\n### Other\n\n- y\n'), '### The contract\n\n- x\n\n');
});
