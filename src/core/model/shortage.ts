/** What ran out: space on the disk, or what one file, process or machine may have. */
export type Shortage = 'disk space' | 'file size' | 'file descriptors' | 'memory';
