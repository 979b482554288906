/** The schema of what a node was started with, a part of `GET /health`. */

import type { Type as TypeBox } from 'typebox';

/**
 * @param Type - TypeBox, passed in because it is loaded with the OpenAPI document only: loading it would cost more than
 * the rest of a node's start
 */
export function settingsSchema(Type: typeof TypeBox) {
  return Type.Object(
    {
      coordinator: Type.Enum(['static', 'elections', 'external']),
      defaultWriteConcern: Type.Union([Type.Integer({ minimum: 1 }), Type.Literal('majority'), Type.Literal('all')], {
        description: 'The write concern of appends that name none.',
      }),
      isBeyondLoopback: Type.Boolean({ description: 'Other machines can connect to it.' }),
      needsToken: Type.Boolean(),
      hasSecret: Type.Boolean({ description: 'Nodes prove that they know the secret of the cluster.' }),
      isOpenToAll: Type.Boolean({ description: '`OPEN_TO_ALL`' }),
      acceptsInsecure: Type.Boolean({ description: '`ACCEPT_INSECURE`' }),
      dataPlace: Type.Enum(['disk', 'volume', 'anonymous-volume', 'container', 'tmpfs', 'memory']),
    },
    {
      additionalProperties: false,
      description:
        'What the node was started with. `dataPlace`: `volume` is mounted into its container; of an `anonymous-volume` a new container gets another one; `container` goes with the container; `disk` is one outside of containers.',
    },
  );
}
