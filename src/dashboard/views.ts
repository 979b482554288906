/** The views of the page, in the order of their tabs. */

import type { ComponentType } from 'preact';
import { ChartsView } from './charts/charts-view.tsx';
import { LabView } from './lab/lab-view.tsx';
import { LogView } from './log/log-view.tsx';
import { NodesView } from './nodes/nodes-view.tsx';
import { Overview } from './overview/overview.tsx';

export interface View {
  /** In the address, after the #. */
  readonly id: string;
  readonly label: string;
  readonly Content: ComponentType;
  /** Only where the server can kill and delay nodes. */
  readonly needsLab?: true;
}

export const views: readonly View[] = [
  { id: 'overview', label: 'Overview', Content: Overview },
  { id: 'log', label: 'Log', Content: LogView },
  { id: 'charts', label: 'Charts', Content: ChartsView },
  { id: 'nodes', label: 'Nodes', Content: NodesView },
  { id: 'lab', label: 'Lab', Content: LabView, needsLab: true },
];
