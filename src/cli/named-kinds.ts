import type { NodeKind } from '../config/config.ts';

/** What a container's name can say of its node. */
export const namedKinds: readonly NodeKind[] = ['master', 'secondary'];
