/** Fifteen minutes of a cluster: the master led, was gone for a while, and the first secondary has led since. */

export interface FakeSample {
  readonly at: number;
  readonly role: string;
  readonly epoch: number;
  readonly appends: number;
  readonly [name: string]: unknown;
}

/** Seconds before now. */
export const masterGoneAt = 120;
export const nextLedFrom = 100;

export function fakeSamples(nodeId: string, now: number): FakeSample[] {
  const samples: FakeSample[] = [];
  for (let ago = 900; ago > 0; ago--) {
    const isMaster = nodeId === 'master';
    if (isMaster && ago < masterGoneAt && ago >= nextLedFrom) continue;
    const leader = ago >= masterGoneAt ? 'master' : ago < nextLedFrom ? 'secondary1' : null;
    samples.push({ ...fakeSample(nodeId, { at: now - ago * 1000, leads: nodeId === leader }), leader });
  }
  return samples;
}

export function fakeSample(nodeId: string, { at, leads }: { readonly at: number; readonly leads: boolean }): FakeSample {
  const epoch = leads && nodeId === 'master' ? 1 : 2;
  const second = Math.floor(at / 1000);
  const wave = 1 + Math.sin(second / 23) + 0.3 * Math.sin(second * 1.7);
  const appends = leads ? Math.max(5, Math.round(900 * wave)) : 0;
  const slow = Math.max(0, Math.round(400 * Math.sin(second / 60)));
  const others = ['master', 'secondary1', 'secondary2'].filter((id) => id !== nodeId);
  const lags = (of: (id: string) => number): Record<string, number> => (leads ? Object.fromEntries(others.map((id) => [id, of(id)])) : {});
  return {
    at,
    role: leads ? 'leader' : 'follower',
    epoch,
    appends,
    entries: 3 * appends,
    refused: 0,
    p50Ms: leads ? 0.7 + wave / 5 : null,
    p90Ms: leads ? 1.8 + wave : null,
    p99Ms: leads ? 9 + 8 * wave : null,
    lagEntries: lags((id) => (id === 'secondary2' ? slow : second % 7)),
    leader: leads ? nodeId : 'secondary1',
    durableEnd: (second % 100_000) * 100,
    committedEnd: (second % 100_000) * 100,
    lagMs: lags((id) => (id === 'secondary2' ? slow * 5 : second % 7)),
  };
}
