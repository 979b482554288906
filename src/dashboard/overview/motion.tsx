/** How quickly the picture moves: live, in slow motion, paused, step by step. The nodes do not wait for it. */

import { duration } from '../data/numbers.ts';
import { useRedraw, useTicks } from '../data/use-ticks.ts';
import { speeds } from './picture-clock.ts';
import type { PictureClock, Speed } from './picture-clock.ts';

const stepMs = 200;
const words: Readonly<Record<Speed, string>> = { 1: 'speed ×1', 0.5: 'speed ×½', 0.25: 'speed ×¼', 0.1: 'speed ×⅒' };

/** @param changed - the pace of the clock has changed */
export function Motion({ clock, changed }: { readonly clock: PictureClock; readonly changed: () => void }) {
  const redraw = useRedraw();
  const behindMs = clock.behindMs(performance.now());
  const isLive = clock.isLive(performance.now());
  useTicks(isLive ? undefined : 250);
  const set = (change: (real: number) => void): void => {
    change(performance.now());
    redraw();
    changed();
  };
  return (
    <div class="motion small" role="group" aria-label="Speed and pause of the picture">
      <button
        type="button"
        aria-label={clock.isPaused ? 'Resume the picture' : 'Pause the picture'}
        onClick={() => set((real) => (clock.isPaused ? clock.resume(real) : clock.pause(real)))}
      >
        {clock.isPaused ? '▶ Resume' : '❚❚ Pause'}
      </button>
      <button
        type="button"
        aria-label="Step: move the picture on by 0.2 s"
        disabled={!clock.isPaused}
        onClick={() => set((real) => clock.step(stepMs, real))}
      >
        Step
      </button>
      <select
        aria-label="Speed of the picture"
        value={String(clock.speed)}
        onChange={({ currentTarget: { value } }) =>
          set((real) => {
            const speed = speeds.find((each) => String(each) === value) ?? 1;
            clock.setSpeed(speed, real);
          })
        }
      >
        {speeds.map((speed) => (
          <option key={speed} value={String(speed)}>
            {words[speed]}
          </option>
        ))}
      </select>
      {!isLive && (
        <button type="button" class="is-on" title="how far the picture is behind" onClick={() => set((real) => clock.goLive(real))}>
          Back to live: −{duration(behindMs)}
        </button>
      )}
    </div>
  );
}
