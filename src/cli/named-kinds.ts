import type { NodeKind } from '../config/config.ts';

/** The kinds of node that a container's name can stand for. */
export const namedKinds: readonly NodeKind[] = ['master', 'secondary'];
