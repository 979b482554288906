/** The options (options.ts) for what callers may use up together, and one of them alone. */

import { allKinds as all } from './option-spec.ts';
import type { OptionSpec } from './option-spec.ts';
import { bytes, count, milliseconds } from './values.ts';

export const limitOptions = [
  {
    variable: 'CONNECTIONS_MAX',
    flag: 'connections-max',
    kinds: all,
    derivedDefault: 'what the limit of open files leaves (`ulimit -n`), at most 32768',
    help: 'connections that may be open at once; beyond it idle ones are closed, and then new ones are refused',
    parse: count,
  },
  {
    variable: 'CONNECTIONS_PER_ADDRESS_MAX',
    flag: 'connections-per-address-max',
    kinds: all,
    default: '1024',
    help: 'the same for one address (in IPv6: the first 64 bits of it); connections of this machine, and those on which a node proved the secret, are not counted',
    parse: count,
  },
  {
    variable: 'CLIENT_REQUESTS_PER_SECOND_MAX',
    flag: 'client-requests-per-second-max',
    kinds: all,
    derivedDefault: 'no limit',
    help: 'requests per second of one client: of one token, or of one address where none is shown',
    parse: count,
  },
  {
    variable: 'CLIENT_BYTES_MAX',
    flag: 'client-bytes-max',
    kinds: all,
    derivedDefault: 'no limit',
    help: 'bytes of the requests of one client that are not answered yet',
    parse: bytes,
  },
  {
    variable: 'PENDING_BYTES_MAX',
    flag: 'pending-bytes-max',
    kinds: all,
    derivedDefault: 'four times BODY_BYTES_MAX',
    help: 'bytes that request bodies and appends without a place in the log may hold together',
    parse: bytes,
  },
  {
    variable: 'LISTENERS_MAX',
    flag: 'listeners-max',
    kinds: all,
    default: '20000',
    help: 'event streams of messages that may be open at once',
    parse: count,
  },
  {
    variable: 'WAITING_READS_MAX',
    flag: 'waiting-reads-max',
    kinds: all,
    default: '20000',
    help: 'reads that may wait for a new entry at once (`?wait=`)',
    parse: count,
  },
  {
    variable: 'JOINING_MAX',
    flag: 'joining-max',
    kinds: all,
    default: '100',
    help: 'registered nodes, not members yet, that are dialed or fed at once',
    parse: count,
  },
  {
    variable: 'HEADERS_TIMEOUT_MS',
    flag: 'headers-timeout-ms',
    kinds: all,
    default: '60000',
    help: 'how long a client may take to send the headers of a request',
    parse: milliseconds,
  },
  {
    variable: 'REQUEST_TIMEOUT_MS',
    flag: 'request-timeout-ms',
    kinds: all,
    default: '120000',
    help: 'how long a client may take to send a whole request; at least HEADERS_TIMEOUT_MS',
    parse: milliseconds,
  },
] as const satisfies readonly OptionSpec[];
