/** The moments of all nodes: each by its own clock, so each in a history of its own. */

import type { ActivityEvent } from '../../api/activity.ts';
import { ActivityHistory } from './activity-history.ts';

export class ActivityHistories {
  readonly #histories = new Map<string, ActivityHistory>();

  take(nodeId: string, moments: readonly ActivityEvent[]): void {
    if (moments.length === 0) return;
    const history = this.#histories.get(nodeId) ?? new ActivityHistory();
    this.#histories.set(nodeId, history);
    history.take(moments);
  }

  of(nodeId: string | undefined): ActivityHistory | undefined {
    return nodeId === undefined ? undefined : this.#histories.get(nodeId);
  }
}
