/** The options of a node in your own process. docs/config.md lists the same settings as variables and flags. */

import type { WriteConcern } from '../api/entries.ts';

/**
 * Options of `startNode`. Sizes are in bytes, times in milliseconds. What is left out has the default that is named, whatever
 * the environment says.
 */
export interface NodeOptions {
  // Who it is, and who the others are.

  /**
   * URL by which the other nodes reach this one, like `http://10.0.0.1:7000`; one of `nodes`. The node listens there, unless
   * `host` or `port` says otherwise.
   */
  readonly url: string;
  /** URLs of all nodes, this one too, the same on each: the first founds the cluster once all are up. By default this node alone. */
  readonly nodes?: readonly string[];
  /** Name of the node, unique in its cluster: letters, digits, `.`, `_` and `-`. By default host and port of `url`: `10.0.0.1_7000`. */
  readonly id?: string;
  /** Address to listen on, like `0.0.0.0`; the host of `url` by default. */
  readonly host?: string;
  /** Port to listen on; that of `url` by default. */
  readonly port?: number;
  /** For proxies between nodes: by URL of another node, the URL to dial instead. */
  readonly dialInstead?: Readonly<Record<string, string>>;

  // Where it keeps the log.

  /** Folder of the log, made if it does not exist, and used by this node alone; `data/<id>` by default. */
  readonly dataDir?: string;
  /** Keep the log in memory, without a folder: it is gone with the process. `false` by default. */
  readonly memory?: boolean;
  /** For a restored or copied folder: keep its log, but join as a node with a new storage. `false` by default. */
  readonly blank?: boolean;
  /** Size at which a new segment file begins; 64 MiB by default. */
  readonly segmentBytesMax?: number;
  /** How much is kept in `cut/` of what changes of leader cut; 1 GiB by default. */
  readonly cutBytesMax?: number;

  // How it runs.

  /**
   * Run it in a thread of its own, which is the default: then a service whose event loop is busy does not lose the lead. `false`
   * keeps it in the thread of the caller.
   */
  readonly thread?: boolean;
  /**
   * On SIGTERM, SIGINT and SIGHUP: stop the node, which hands over if it leads, and end the process. `false` by default: no
   * handlers are installed, and it is for the service to call `stop`.
   */
  readonly signals?: boolean;
  /** `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`; `info` by default. */
  readonly logLevel?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** Log file of JSON lines, rotated by size; `null`: none. By default `node.log` in `dataDir`. */
  readonly logFile?: string | null;
  /** Write the lines to standard output as well; `false` by default. */
  readonly logToStdout?: boolean;

  // Appends.

  /** Write concern of appends that give none, over HTTP too; `majority` by default. */
  readonly w?: WriteConcern;
  /** How long an append that gives no time waits for its write concern, in milliseconds; 30,000 by default, at most 600,000. */
  readonly timeoutMs?: number;
  /** Largest message, as JSON; 4 MiB by default. */
  readonly messageBytesMax?: number;
  /** Largest request body, and the most that one append may hold; 32 MiB by default. */
  readonly bodyBytesMax?: number;
  /**
   * How many messages may be given to `append` and `appendMany` and not be answered yet; 100,000 by default. One more fails with
   * `too-many-pending`, and is not sent. `Infinity`: no limit but the memory.
   */
  readonly maxPending?: number;
  /** How many appends may wait at once; 10,000 by default. Appends of one turn that are alike count as one. */
  readonly pendingAppendsMax?: number;
  /** What appends without a place in the log may hold together, in bytes; four times `bodyBytesMax` by default. */
  readonly pendingBytesMax?: number;
  /** For demonstrations: by how much each batch is delayed before it is stored, in milliseconds; 0 by default. */
  readonly replicationDelayMs?: number;

  // What a new cluster keeps, until it is told otherwise (`PUT /retention`).

  /** How long a key is remembered, in milliseconds; 24 hours by default. */
  readonly idempotencyWindowMs?: number;
  /** Entries older than this go, in milliseconds; no limit by default. */
  readonly retentionAgeMaxMs?: number;
  /** So many bytes of the log are kept on each node, and the oldest entries go; no limit by default. */
  readonly retentionBytesMax?: number;
  /** So many entries are kept; no limit by default. */
  readonly retentionEntriesMax?: number;
  /** `never`: do not found a new cluster, and do not lead one in which a majority has lost its log; `auto` by default. */
  readonly newCluster?: 'auto' | 'never';

  // Elections; the same on all nodes.

  /** `elections`: the nodes elect their leader, which is the default; `external`: no node leads until `POST /promote`. */
  readonly coordinator?: 'elections' | 'external';
  /** Silence of the leader after which the others elect another one, in milliseconds; 1,500 by default. */
  readonly electionTimeoutMs?: number;
  /** From 0 to 9: among nodes with the same log, the one with the higher priority leads; 1 by default. */
  readonly leaderPriority?: number;
  /** How often an idle connection between nodes sends a sign of life, in milliseconds; 250 by default. */
  readonly heartbeatIntervalMs?: number;
  /** Silence after which a node is suspected, in milliseconds; 1,000 by default. */
  readonly suspectedAfterMs?: number;
  /** Silence after which a node is unhealthy, in milliseconds; 3,000 by default. */
  readonly unhealthyAfterMs?: number;

  // Who is served over HTTP, and how nodes prove who they are.

  /** Tokens of clients. With any, a request over HTTP needs one, and nodes need a secret. Better in `apiTokensFile`. */
  readonly apiTokens?: readonly { readonly scope: 'read' | 'append' | 'admin'; readonly token: string }[];
  /** File of tokens, one per line: name, scope, and the token or `sha256:HEX`. It is read again when it changes. */
  readonly apiTokensFile?: string;
  /** Serve `GET /metrics` without a token; `false` by default. */
  readonly metricsOpen?: boolean;
  /** Secret of at least 16 characters with which nodes prove that they belong together; two while it is replaced. */
  readonly clusterSecret?: string | readonly string[];
  /** File of secrets, one per line: the first is used, all are accepted. It is read again when it changes. */
  readonly clusterSecretFile?: string;
  /** Port for other nodes only, which then stands in the URLs of the nodes; by default there is one port for all. */
  readonly peerPort?: number;
  /** Networks, like `10.0.0.0/8`: a node that registers itself is dialed only at addresses in these. */
  readonly peerAddresses?: readonly string[];
  /** Certificate (PEM, with intermediates) with which the node serves HTTPS; plain HTTP by default. */
  readonly tlsCertFile?: string;
  /** Its private key (PEM). */
  readonly tlsKeyFile?: string;
  /** Authorities (PEM) that must have signed the certificates of other nodes; by default those of the system. */
  readonly tlsCaFile?: string;
  /** Serve only clients and nodes with a certificate from `tlsCaFile`; `false` by default. */
  readonly tlsClientAuth?: boolean;
  /** Without tokens, serve clients at every address, and not only at near ones; `false` by default. */
  readonly openToAll?: boolean;
  /** While tokens, a secret or TLS are introduced: use them, and serve those without them as well; `false` by default. */
  readonly acceptInsecure?: boolean;
  /** Origins of pages that may use the API from a browser. */
  readonly corsOrigins?: readonly string[];
  /** Host names that browsers may use for this node, besides addresses, names without a dot and those of members. */
  readonly allowedHosts?: readonly string[];
  /** Format of the answers over HTTP; `native` by default. */
  readonly apiDialect?: 'native' | 'envelope' | 'objects';

  // What clients may use up over HTTP.

  /** Connections that may be open at once; by default what the limit of open files leaves. */
  readonly connectionsMax?: number;
  /** The same for one address; 1,024 by default. */
  readonly connectionsPerAddressMax?: number;
  /** Requests per second of one client; no limit by default. */
  readonly clientRequestsPerSecondMax?: number;
  /** Bytes of the requests of one client that are not answered yet; no limit by default. */
  readonly clientBytesMax?: number;
  /** Event streams that may be open at once; 20,000 by default. */
  readonly listenersMax?: number;
  /** The longest silence on an event stream, in milliseconds; 5,000 by default. */
  readonly listenerHeartbeatMs?: number;
  /** Reads that may wait for a new entry at once; 20,000 by default. */
  readonly waitingReadsMax?: number;
  /** Registered nodes, not members yet, that are dialed or fed at once; 100 by default. */
  readonly joiningMax?: number;
  /** How long a client may take to send the headers of a request, in milliseconds; 60,000 by default. */
  readonly headersTimeoutMs?: number;
  /** How long it may take to send a whole request, in milliseconds; 120,000 by default. */
  readonly requestTimeoutMs?: number;
}
