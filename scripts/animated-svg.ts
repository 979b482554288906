/** An SVG animated by CSS alone, so that it moves in an `<img>`, too, where no scripts run. It repeats for ever. */

/** CSS declarations that hold at a moment, in seconds. Between two moments they are interpolated. */
export type Moment = readonly [second: number, css: string];

export class AnimatedSvg {
  readonly #seconds: number;
  readonly #rules: string[] = [];
  readonly #parts: string[] = [];

  /** @param seconds - the length of one round */
  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  /** @returns the class of an element that moves like this. With reduced motion its last moment is shown */
  moving(moments: readonly Moment[]): string {
    const name = `m${this.#rules.length}`;
    const last = moments.at(-1)?.[1] ?? '';
    const frames = [[0, moments[0]?.[1] ?? ''] as const, ...moments, [this.#seconds, last] as const].map(
      ([second, css]) => `${((100 * second) / this.#seconds).toFixed(3)}%{${css}}`,
    );
    this.#rules.push(`.${name}{${last};animation:${name} ${this.#seconds}s linear infinite}@keyframes ${name}{${frames.join('')}}`);
    return name;
  }

  /** @returns the class of an element that is visible only from one moment to another. It has faded out before the end */
  shown(from: number, to: number = this.#seconds): string {
    const fade = 0.15;
    const moments: Moment[] =
      from <= 0
        ? [[0, 'opacity:1']]
        : [
            [from - fade, 'opacity:0'],
            [from, 'opacity:1'],
          ];
    if (to < this.#seconds) moments.push([to - 2 * fade, 'opacity:1'], [to - fade, 'opacity:0']);
    return this.moving(moments);
  }

  add(part: string): void {
    this.#parts.push(part);
  }

  text({
    width,
    height,
    style,
    title,
  }: {
    readonly width: number;
    readonly height: number;
    readonly style: string;
    readonly title: string;
  }): string {
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">`,
      `<style>${style}${this.#rules.join('')}@media (prefers-reduced-motion:reduce){*{animation:none!important}}</style>`,
      ...this.#parts,
      '</svg>',
      '',
    ].join('\n');
  }
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
