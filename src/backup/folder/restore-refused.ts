/** What was asked for cannot be made of these backups. Nothing was restored. */
export class RestoreRefused extends Error {
  override readonly name = 'RestoreRefused';
}
