/**
 * Loaded into a node of ours before its own code (`NODE_OPTIONS=--import`): watches the event loop and takes profiles. It is
 * controlled over a Unix socket: one word per line, and one line of JSON as the answer.
 */

import { Session } from 'node:inspector/promises';
import { createServer } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { resolutionMs, samplingMicros } from './probe-settings.ts';

const delay = monitorEventLoopDelay({ resolution: resolutionMs });
delay.enable();
const session = new Session();
session.connect();

async function answer(command: string): Promise<unknown> {
  switch (command) {
    case 'reset':
      delay.reset();
      return {};
    case 'delay':
      return {
        p50Ms: delay.percentile(50) / 1e6,
        p99Ms: delay.percentile(99) / 1e6,
        p999Ms: delay.percentile(99.9) / 1e6,
        maxMs: delay.max / 1e6,
      };
    case 'profile':
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: samplingMicros });
      await session.post('Profiler.start');
      return {};
    case 'profile-end':
      return (await session.post('Profiler.stop')).profile;
    default:
      return { error: `unknown: ${command}` };
  }
}

const path = process.env['RLOG_BENCH_PROBE'];
if (path !== undefined) {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    createInterface({ input: socket }).on('line', (line) => {
      void answer(line).then((value) => socket.write(`${JSON.stringify(value)}\n`));
    });
  });
  server.listen(path);
  server.unref();
}
