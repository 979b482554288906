/** Times as they are shown: of the day, and how long ago. */

export function clockText(ms: number): string {
  const at = new Date(ms);
  return `${part(at.getHours())}:${part(at.getMinutes())}:${part(at.getSeconds())}.${part(at.getMilliseconds(), 3)}`;
}

function part(value: number, digits = 2): string {
  return String(value).padStart(digits, '0');
}

export function dayText(ms: number): string {
  const at = new Date(ms);
  return `${at.getFullYear()}-${part(at.getMonth() + 1)}-${part(at.getDate())}`;
}

/** To the second; with the day, if it was another one. */
export function timeText(ms: number, now = Date.now()): string {
  const time = clockText(ms).slice(0, 8);
  return dayText(ms) === dayText(now) ? time : `${dayText(ms)} ${time}`;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A clock that is a little ahead of ours says "now", not the future. */
export function agoText(ms: number, now: number): string {
  const passed = Math.max(0, now - ms);
  if (passed < second) return 'now';
  if (passed < minute) return `${Math.floor(passed / second)} s ago`;
  if (passed < hour) return `${Math.floor(passed / minute)} min ago`;
  if (passed < day) return `${Math.floor(passed / hour)} h ago`;
  return `${Math.floor(passed / day)} d ago`;
}
