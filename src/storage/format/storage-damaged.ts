/** What is on the disk cannot be trusted: the node stops and changes nothing. The message names the file and what is wrong. */
export class StorageDamaged extends Error {
  override readonly name = 'StorageDamaged';
  readonly file: string;

  constructor(file: string, what: string, options?: ErrorOptions) {
    super(`${file}: ${what}`, options);
    this.file = file;
  }
}
