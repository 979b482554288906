/** What `rlog dev` is told: ports by variables, delays by its flag. */

import { ConfigError } from '../config/config.ts';
import { devSettings } from '../config/dev-settings.ts';
import { InvalidValue, seconds } from '../config/values.ts';
import { labPortCount } from '../lab/node-plans.ts';
import { CliError } from './cli-error.ts';

/** @throws CliError */
export function settingsOrFail(): ReturnType<typeof devSettings> {
  try {
    return devSettings(labPortCount);
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(error.message, 2, { cause: error });
    throw error;
  }
}

/** Seconds for each secondary, as they were typed; nothing for one is no delay. @throws CliError */
export function delaysOf(text = ''): readonly [number, number] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > 2) throw new CliError('--delays takes one number for each of the two secondaries, like 2.0,1.5', 2);
  const [first = 0, second = 0] = parts.map((part) => {
    try {
      return part === '' ? 0 : seconds(part);
    } catch (error) {
      if (error instanceof InvalidValue) throw new CliError(`--delays: ${error.message}, not "${part}"`, 2, { cause: error });
      throw error;
    }
  });
  return [first, second];
}
