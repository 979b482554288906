/** Ids of nodes as host names of containers: long, and different in one letter. */

export const longNames = [0, 1, 2].map((n) => `replicated-log-${n}.replicated-log.default.svc.cluster.local`);
