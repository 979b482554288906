/** Tables for a terminal that are also Markdown. The first column is aligned left, figures are aligned right. */

export function tableText(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heading.map((text, column) => Math.max(text.length, 3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => align(cells[column] ?? '', { width, isFirst: column === 0 })).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(heading), line(rule), ...rows.map(line)].join('\n');
}

function align(text: string, { width, isFirst }: { readonly width: number; readonly isFirst: boolean }): string {
  return isFirst ? text.padEnd(width) : text.padStart(width);
}
