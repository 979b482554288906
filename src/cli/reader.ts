/** Whoever reads our output may stop reading, as `head` does: the command ends then, without a complaint. */

let end = (exitCode: number): void => process.exit(exitCode);

export function watchReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'EPIPE' ? 0 : 1));
}

/** For a command that has something to put in order first. */
export function whenReaderIsGone(callback: () => void): void {
  end = callback;
}
