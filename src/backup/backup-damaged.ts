/** A backup is not whole, or not one at all. The message says what is wrong, and where. */
export class BackupDamaged extends Error {
  override readonly name = 'BackupDamaged';
}
