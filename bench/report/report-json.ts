/** The result of a run for programs: every measurement, and the report made of them. */

import type { Report } from './report.ts';

export function reportJson(report: Report): string {
  return `${JSON.stringify({ ...report, machine: Object.fromEntries(report.machine), titles: Object.fromEntries(report.titles) }, null, 1)}\n`;
}
