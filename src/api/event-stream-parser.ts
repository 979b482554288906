/** Parses `text/event-stream`, as the HTML standard defines it, from pieces that may end anywhere. */

export interface ServerEvent {
  readonly type: string;
  readonly data: string;
  /** The latest id, from this event or an earlier one. */
  readonly id: string;
}

export class EventParser {
  /** The beginning of a line whose end has not arrived yet. */
  #rest = '';
  #isFirst = true;
  /** The last piece ended with a carriage return: a newline that follows belongs to it. */
  #hadReturn = false;
  #type = '';
  #data: string[] = [];
  #id = '';

  /** @returns the events that are now complete; comments and `retry` are not events */
  push(piece: string): ServerEvent[] {
    let text = piece;
    if (this.#isFirst && text !== '') {
      this.#isFirst = false;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    if (this.#hadReturn && text !== '') {
      this.#hadReturn = false;
      if (text.startsWith('\n')) text = text.slice(1);
    }
    const events: ServerEvent[] = [];
    let start = 0;
    const lineEnd = /\r\n|\n|\r/g;
    for (let match = lineEnd.exec(text); match !== null; match = lineEnd.exec(text)) {
      const line = this.#rest + text.slice(start, match.index);
      this.#rest = '';
      start = lineEnd.lastIndex;
      if (match[0] === '\r' && start === text.length) this.#hadReturn = true;
      if (line === '') this.#dispatch(events);
      else this.#field(line);
    }
    this.#rest += text.slice(start);
    return events;
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#type = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
  }

  #dispatch(events: ServerEvent[]): void {
    if (this.#data.length > 0) events.push({ type: this.#type || 'message', data: this.#data.join('\n'), id: this.#id });
    this.#type = '';
    this.#data = [];
  }
}
