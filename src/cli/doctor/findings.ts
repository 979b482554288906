/** Decides what `rlog doctor` says of a cluster. */

import { addressFindings } from './address-findings.ts';
import type { Finding } from './finding.ts';
import { leadershipFindings } from './leadership-findings.ts';
import { nodeFindings } from './node-findings.ts';
import type { ClusterReport } from './report.ts';
import { settingsFindings } from './settings-findings.ts';

/** What is wrong comes first; otherwise in the order in which one would look. */
export function findingsIn(report: ClusterReport): Finding[] {
  const found = [...leadershipFindings(report), ...nodeFindings(report), ...addressFindings(report), ...settingsFindings(report)];
  return [...found.filter(({ level }) => level === 'wrong'), ...found.filter(({ level }) => level === 'risk')];
}
