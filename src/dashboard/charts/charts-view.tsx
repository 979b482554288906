/** The last minutes of the cluster as its leaders told them: appends, their latency, and how far the others are behind. */

import { useMemo, useState } from 'preact/hooks';
import { clockText } from '../data/clock.ts';
import { count, duration } from '../data/numbers.ts';
import { cluster, nodeHistories, useCluster } from '../data/use-cluster.ts';
import { useNow } from '../data/use-now.ts';
import { Chart } from './chart.tsx';
import { chartLines } from './chart-lines.ts';
import { chartRows, leaderChanges } from './chart-rows.ts';
import { Samples, useSamples } from './use-samples.ts';
import './charts.css';

const samples = new Samples(cluster, nodeHistories);
const minutesOffered = [1, 5, 15];

export function ChartsView() {
  const { nodes, leader } = useCluster();
  const { sampleStore, version } = useSamples(samples);
  const now = useNow();
  const [minutes, setMinutes] = useState(5);
  const [cursor, setCursor] = useState<number>();
  const rows = useMemo(() => chartRows(sampleStore.leading(), now - minutes * 60_000), [sampleStore, version, now, minutes]);
  const names = new Map(nodes.map(({ id, name }) => [id, name]));
  const nameOf = (id: string): string => names.get(id) ?? id;
  const changes = leaderChanges(rows).map((change) => ({ ...change, nodeId: nameOf(change.nodeId) }));
  const state = { start: now / 1000 - minutes * 60, end: now / 1000, changes };
  const ids = nodes.map(({ id }) => id).join(' ');
  // The ids stand for their names.
  const lines = useMemo(() => chartLines(rows, ids.split(' '), nameOf), [rows, ids]);
  const pointed = cursor === undefined ? undefined : rows.samples[cursor];
  const shared = { times: rows.times, state, cursor, onCursor: setCursor };
  return (
    <>
      <div class="charts-head">
        <Ranges minutes={minutes} onMinutes={setMinutes} />
        <p class="small soft">
          {rows.samples.length === 0
            ? 'There is nothing from these minutes yet.'
            : pointed === undefined
              ? `Now: ${leader === undefined ? 'no node leads' : `${leader.id} leads`}`
              : `${clockText(pointed.at).slice(0, 8)}: ${pointed.nodeId} led, epoch ${pointed.epoch}`}
        </p>
      </div>
      <div class="charts">
        <Chart
          {...shared}
          title="Entries per second"
          caption="Entries that the leader acknowledged in each second, and the appends that they came in. If that leader was restarted since, the entries are counted from the logs of its followers. A gap: no node led."
          lines={lines.rates}
          scale="counts"
          valueText={(value) => count(Math.round(value * 10) / 10)}
        />
        <Chart
          {...shared}
          title="Latency of appends"
          caption="p50, p90 and p99 of the time from an append's arrival at the leader to its acknowledgement. While there are no appends, p99 stays where it was. A node forgets its latencies when it is restarted: a page that was open then still has them, one that is opened later shows a gap."
          lines={lines.latency}
          scale="logarithmic"
          valueText={duration}
          axisText={(ms) => (ms < 1000 ? `${ms} ms` : `${count(ms / 1000)} s`)}
        />
        <Chart
          {...shared}
          title="Followers behind, in entries"
          caption="How many entries each follower had not acknowledged yet."
          lines={lines.lagEntries}
          scale="counts"
          valueText={(value) => count(Math.round(value))}
        />
        <Chart
          {...shared}
          title="Followers behind, in time"
          caption="The age of the oldest entry that each follower had not acknowledged yet."
          lines={lines.lagTime}
          scale="linear"
          valueText={(value) => `${count(Math.round(value * 100) / 100)} s`}
        />
      </div>
    </>
  );
}

function Ranges({ minutes, onMinutes }: { readonly minutes: number; readonly onMinutes: (minutes: number) => void }) {
  return (
    <fieldset class="ranges">
      <legend class="small">Show the last</legend>
      {minutesOffered.map((each) => (
        <label key={each}>
          <input type="radio" name="minutes" checked={each === minutes} onChange={() => onMinutes(each)} /> {each} min
        </label>
      ))}
    </fieldset>
  );
}
