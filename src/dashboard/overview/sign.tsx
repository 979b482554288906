/** Small signs that say by their shape how a node is. */

import type { Condition } from './condition.ts';

const paths: Readonly<Record<Condition['sign'], string>> = {
  check: 'M3 8.5 6.5 12 13 4.5',
  clock: 'M8 4v4.2l2.8 1.8M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8',
  cross: 'M4 4l8 8M12 4l-8 8',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  cut: 'M1.5 8h4M10.5 8h4M7 3.5 5.8 12.5M10.2 3.5 9 12.5',
  plus: 'M8 3v10M3 8h10',
  blank: 'M3 3h10v10H3z',
  question: 'M5.5 6a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M8 12.6v.2',
  seek: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9M10.4 10.4 14 14',
  lock: 'M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5',
};

export function Sign({ condition: { sign, tone } }: { readonly condition: Condition }) {
  return (
    <svg class="sign" data-tone={tone} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d={paths[sign]} />
    </svg>
  );
}
