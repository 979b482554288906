/** What there was too little of: on the disk, or of what one file, one process or one machine may have. */
export type Shortage = 'disk space' | 'file size' | 'file descriptors' | 'memory';
