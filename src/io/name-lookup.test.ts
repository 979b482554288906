import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { test } from 'node:test';
import { instantMs } from '../core/model/numbers.ts';
import { NameLookup } from './name-lookup.ts';
import type { Addresses } from './name-lookup.ts';
import { addressesIn } from './system-names.ts';

/** A clock that the test moves. */
class MovedClock {
  #now = 0;
  #timers: { readonly at: number; readonly callback: () => void }[] = [];

  now(): ReturnType<typeof instantMs> {
    return instantMs(this.#now);
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((each) => each !== timer));
  }

  async moves(ms: number): Promise<void> {
    await settled();
    this.#now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { callback } of due) callback();
    await settled();
  }
}

/** Resolves when all promises that can settle now have settled. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const at = (address: string): Addresses => [{ address, family: 4 }];

/** Look-ups that the test answers. */
class Answered {
  readonly asked: string[] = [];
  readonly #open = new Map<string, PromiseWithResolvers<Addresses>[]>();

  readonly ask = (name: string): Promise<Addresses> => {
    this.asked.push(name);
    const answer = Promise.withResolvers<Addresses>();
    this.#open.set(name, [...(this.#open.get(name) ?? []), answer]);
    return answer.promise;
  };

  get underWay(): string[] {
    return [...this.#open].flatMap(([name, answers]) => answers.map(() => name)).toSorted();
  }

  answer(name: string, found: Addresses | Error): void {
    for (const open of this.#open.get(name) ?? []) {
      if (found instanceof Error) open.reject(found);
      else open.resolve(found);
    }
    this.#open.delete(name);
  }
}

function names(): { readonly clock: MovedClock; readonly system: Answered; readonly direct: Answered; readonly lookup: NameLookup } {
  const [clock, system, direct] = [new MovedClock(), new Answered(), new Answered()];
  return { clock, system, direct, lookup: new NameLookup(clock, { system: system.ask, direct: direct.ask }) };
}

const again = (): Error => Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' });
const gone = (): Error => Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
const codeOf = (found: Promise<Addresses>): Promise<unknown> =>
  found.then(
    () => 'found',
    (error: { code?: unknown }) => error.code,
  );

test('concurrent requests for a name share one look-up, even those that come after others have given up', async () => {
  const { clock, system, lookup } = names();
  const codes = [codeOf(lookup.find('dead')), codeOf(lookup.find('dead'))];
  await clock.moves(3000);
  assert.deepEqual(await Promise.all(codes), ['EAI_AGAIN', 'EAI_AGAIN']);
  const later = codeOf(lookup.find('dead'));
  await clock.moves(1000);
  assert.deepEqual(system.underWay, ['dead']);
  system.answer('dead', again());
  assert.equal(await later, 'EAI_AGAIN');
  assert.deepEqual(system.asked, ['dead']);
});

test('names that were slow or failed are looked up one at a time, and do not hold up other names', async () => {
  const { clock, system, lookup } = names();
  const dead = ['d1', 'd2', 'd3'];
  const first = dead.map((name) => codeOf(lookup.find(name)));
  await settled();
  for (const name of dead) system.answer(name, again());
  await Promise.all(first);
  const second = dead.map((name) => codeOf(lookup.find(name)));
  const living = lookup.find('living');
  await settled();
  assert.deepEqual(system.underWay, ['d1', 'living']);
  system.answer('living', at('10.0.0.1'));
  assert.deepEqual(await living, at('10.0.0.1'));
  await clock.moves(3000);
  assert.deepEqual(await Promise.all(second), ['EAI_AGAIN', 'EAI_AGAIN', 'EAI_AGAIN']);
  system.answer('d1', again());
  await settled();
  assert.deepEqual(system.underWay, ['d2']);
});

test('a name keeps its last addresses while it is looked up again or DNS fails, and loses them once DNS says it does not exist', async () => {
  const { clock, system, lookup } = names();
  const find = async (found: Addresses | Error): Promise<Addresses> => {
    const asked = lookup.find('n1');
    await settled();
    system.answer('n1', found);
    return asked;
  };
  assert.deepEqual(await find(at('10.0.0.1')), at('10.0.0.1'));
  // It has just been looked up.
  assert.deepEqual(await lookup.find('n1'), at('10.0.0.1'));
  assert.equal(system.asked.length, 1);
  await clock.moves(2000);
  const meanwhile = lookup.find('n1');
  await clock.moves(150);
  assert.deepEqual(await meanwhile, at('10.0.0.1'));
  system.answer('n1', at('10.0.0.2'));
  await settled();
  await clock.moves(2000);
  assert.deepEqual(await find(again()), at('10.0.0.2'));
  assert.equal(await codeOf(find(gone())), 'ENOTFOUND');
  assert.equal(await codeOf(find(gone())), 'ENOTFOUND');
});

test('a name that was never resolved bypasses a busy thread pool, and is then known', async () => {
  const { clock, system, direct, lookup } = names();
  const asked = lookup.find('new');
  await clock.moves(500);
  assert.deepEqual(direct.underWay, ['new']);
  direct.answer('new', at('10.0.0.7'));
  assert.deepEqual(await asked, at('10.0.0.7'));
  await clock.moves(2000);
  const next = lookup.find('new');
  await clock.moves(150);
  assert.deepEqual(await next, at('10.0.0.7'));
  assert.deepEqual(system.asked, ['new']);
});

test('a connection gets one address or all, of the family that it asks for, and an address is not looked up', async () => {
  const { system, lookup } = names();
  const both: Addresses = [
    { address: '::1', family: 6 },
    { address: '127.0.0.1', family: 4 },
  ];
  const ask = (options: Parameters<NameLookup['lookup']>[1]): Promise<unknown> =>
    new Promise((resolve) => {
      lookup.lookup('both', options, (error, address: string | LookupAddress[], family) => resolve(error ?? [address, family]));
    });
  const all = ask({ all: true });
  await settled();
  system.answer('both', both);
  assert.deepEqual(await all, [both, undefined]);
  assert.deepEqual(await ask({}), ['::1', 6]);
  assert.deepEqual(await ask({ family: 4 }), ['127.0.0.1', 4]);
  assert.deepEqual(await lookup.find('127.0.0.1'), at('127.0.0.1'));
  assert.deepEqual(system.asked, ['both']);
});

test('a hosts file is read as the system does', () => {
  const hosts = '127.0.0.1 localhost Mhost # here\n# 10.0.0.9 mhost\n::1\tlocalhost\nnonsense mhost\n';
  assert.deepEqual(addressesIn(hosts, 'mhost'), at('127.0.0.1'));
  assert.deepEqual(addressesIn(hosts, 'localhost'), [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ]);
  assert.deepEqual(addressesIn(hosts, 'here'), []);
});
