/** The cluster at a glance, and what happens to a message. */

import './ends.css';
import './write.css';
import { EventList } from '../events/event-list.tsx';
import { Appends } from './appends.tsx';
import { Ends } from './ends.tsx';
import { Picture } from './picture.tsx';
import { Write } from './write.tsx';

export function Overview() {
  return (
    <div class="overview">
      <Picture />
      <Write />
      <Ends />
      <Appends />
      <EventList countMax={6} />
    </div>
  );
}
