/** The text of a JSON answer. It ends with a newline, so that a shell's prompt is not printed behind it. */
export function jsonAnswer(body: unknown): string {
  return `${JSON.stringify(body)}\n`;
}
