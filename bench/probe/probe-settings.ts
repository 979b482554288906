/** What both sides of the probe know. */

/** Between two looks of the delay's monitor. What it reports includes this. */
export const resolutionMs = 1;

/** Between two samples of the profile. */
export const samplingMicros = 250;
