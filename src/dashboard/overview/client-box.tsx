/** Who writes, and waits. */

import type { CSSProperties } from 'preact';
import { count } from '../data/numbers.ts';
import { useAppends } from './use-appends.ts';

export function ClientBox({ style }: { readonly style: CSSProperties }) {
  const waiting = useAppends().filter((row) => row.state === 'under way').length;
  return (
    <div class="client-box" style={style}>
      <div class="card-line">Client</div>
      <div class="small soft">
        {waiting === 0 ? 'waits for nothing' : `waits for ${count(waiting)} ${waiting === 1 ? 'answer' : 'answers'}`}
      </div>
    </div>
  );
}
