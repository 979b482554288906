/** Settings that both sides of the probe use. */

/** Between two samples of the delay monitor. The delays that it reports include this. */
export const resolutionMs = 1;

/** Between two samples of the CPU profile. */
export const samplingMicros = 250;
