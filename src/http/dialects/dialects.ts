/** All dialects, by the names that `API_DIALECT` and the request header use. */

import type { Dialect } from './list-format.ts';
import { envelope } from './envelope.ts';
import { native } from './native.ts';
import { objects } from './objects.ts';

export const dialects: Readonly<Record<Dialect['name'], Dialect>> = { native, envelope, objects };
