/** What can be tried on the way between two genuine nodes: to change what they say, or to answer in the place of one. */

import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { proofHeader } from '../../src/api/headers.ts';
import { requestsProtocolName } from '../../src/protocol/versions.ts';
import type { Random } from '../../src/sim/world/random.ts';
import { plainFrames, randomHex, withFlip } from './handshake-tries.ts';
import type { Try, TryParts } from './handshake-tries.ts';
import { altered, join, unitsOf } from './tap.ts';
import type { Alteration, Treatment } from './tap.ts';

const [tlsCipherChange, tlsData] = [20, 23];

/** On the way from one genuine node to another one, of which the first dials the second. */
function between(index: number, treatment: (parts: TryParts) => Treatment): Try {
  return async (parts) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => (timer = setTimeout(() => resolve('the nodes did not end the connection'), 30_000)));
    const { tap } = parts.cluster.at(index);
    const ended = tap.next(treatment(parts)).then(() => undefined);
    tap.reset();
    try {
      return await Promise.race([ended, late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Changes one record; that of a change of ciphers means nothing, so it is left alone. @param at - 1: the first after the head */
function record(at: number, change: (unit: Buffer) => readonly Buffer[] | undefined): Alteration {
  let [place, isDone] = [0, false];
  return (unit, index) => {
    if (index > 0 && unit[0] !== tlsCipherChange) place += 1;
    if (isDone || index === 0 || unit[0] === tlsCipherChange || place < at) return [unit];
    isDone = true;
    return change(unit);
  };
}

function swapped(at: number): Alteration {
  let held: Buffer | undefined;
  const hold = record(at, (unit) => {
    held = unit;
    return [];
  });
  return (unit, index) => {
    if (held === undefined) return hold(unit, index);
    const before = held;
    held = undefined;
    return [unit, before];
  };
}

/** Mostly where heartbeats are under way: before that, what was held back is only waited for. */
function somePlace({ random }: TryParts): number {
  return random.chance(0.9) ? random.between(6, 12) : random.between(2, 5);
}

function inOneDirection({ random }: TryParts, alteration: Alteration): Treatment {
  return altered(random.chance(0.5) ? { there: alteration } : { back: alteration });
}

function inHead(change: (text: string) => string): Alteration {
  return (unit, index) => [index === 0 ? Buffer.from(change(unit.toString('latin1')), 'latin1') : unit];
}

const proofLine = new RegExp(`^${proofHeader}:.*\r\n`, 'im');
const withoutProof = inHead((text) => text.replace(proofLine, ''));
/** In the head of a record it may be a number that the other end ignores; in what follows, nothing is. */
const flipped = (unit: Buffer, random: Random): Buffer => Buffer.concat([unit.subarray(0, 5), withFlip(unit.subarray(5), random)]);

function middleTries(index: number): Readonly<Record<string, Try>> {
  return {
    'a bit flipped on the way': between(index, (parts) =>
      inOneDirection(
        parts,
        record(parts.random.between(1, 8), (unit) => [flipped(unit, parts.random)]),
      ),
    ),
    'a record left out': between(index, (parts) =>
      inOneDirection(
        parts,
        record(somePlace(parts), () => []),
      ),
    ),
    'a record said twice': between(index, (parts) =>
      inOneDirection(
        parts,
        record(parts.random.between(1, 8), (unit) => [unit, unit]),
      ),
    ),
    'two records in the other order': between(index, (parts) => inOneDirection(parts, swapped(somePlace(parts)))),
    'a record cut short': between(index, (parts) =>
      inOneDirection(
        parts,
        record(somePlace(parts), (unit) => [unit.subarray(0, parts.random.between(0, unit.length - 1))]),
      ),
    ),
    'a record that nobody sent': between(index, (parts) => {
      const forged = Buffer.concat([Buffer.from([tlsData, 3, 3, 0, 64]), randomBytes(64)]);
      return inOneDirection(
        parts,
        record(parts.random.between(2, 8), (unit) => [forged, unit]),
      );
    }),
    'the offer of a proof taken out': between(index, () => altered({ there: withoutProof })),
    'the answer to it taken out': between(index, () => altered({ back: withoutProof })),
    'both taken out': between(index, () => altered({ there: withoutProof, back: withoutProof })),
    'a stream taken for requests': between(index, () =>
      altered({
        there: inHead((text) => text.replace(/^upgrade:.*$/im, `upgrade: ${requestsProtocolName}`)),
        back: inHead((text) => text.replace(/^upgrade:.*$/im, 'upgrade: rlog/2')),
      }),
    ),
  };
}

/** Answers in the place of a node. */
function impostor(answer: (source: Socket, asked: Buffer, parts: TryParts) => void): Try {
  return between(2, (parts) => (source) => {
    source.once('data', (asked: Buffer) => answer(source, asked, parts));
  });
}

function accepted(proof?: string): string {
  return `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: rlog/2\r\n${proof === undefined ? '' : `${proofHeader}: ${proof}\r\n`}\r\n`;
}

const impostorTries: Readonly<Record<string, Try>> = {
  'an answer without a proof': impostor(
    (source, _, parts) => void source.write(Buffer.concat([Buffer.from(accepted()), plainFrames(parts)])),
  ),
  'an answer by another secret': impostor((source, _, parts) => void source.write(accepted(randomHex(parts.random)))),
  'an answer by the right name, and another key': impostor((source, _, parts) => {
    source.write(accepted(parts.cluster.key.name));
    const forged = { isServer: true, ciphers: 'TLS_AES_128_GCM_SHA256', pskCallback: () => randomBytes(32) };
    new TLSSocket(source, forged).on('error', () => source.destroy());
  }),
  'an answer in the clear after the proof was offered': impostor(
    (source, _, parts) => void source.write(Buffer.concat([Buffer.from(accepted(parts.cluster.key.name)), plainFrames(parts)])),
  ),
  'a refusal in the name of another cluster': impostor((source) => {
    const body = JSON.stringify({ code: 'other-cluster', cluster: 'made-up', members: ['master', 's1'], hasMessages: true });
    source.end(`HTTP/1.1 409 Conflict\r\ncontent-type: application/problem+json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  }),
  'an answer played back': impostor((source, _, { recorded, random }) => {
    const [answer = Buffer.alloc(0), ...records] = unitsOf(random.pick(recorded.streams).back);
    source.write(answer);
    source.once('data', () => source.write(Buffer.concat(records)));
  }),
  'what a node says, sent back to it': impostor((source, _, parts) => {
    source.write(accepted(parts.cluster.key.name));
    source.on('data', (said: Buffer) => source.write(said));
  }),
  'a node joined with itself': between(
    2,
    ({ cluster }) =>
      (source, dial) =>
        join(source, dial(cluster.at(0).peerPort)),
  ),
};

/** On the way to each of the secondaries. */
export const tapTries = [Object.entries(middleTries(1)), Object.entries({ ...middleTries(2), ...impostorTries })] as const;
