/** Ties a schema of the OpenAPI document to its type in `api`: the type checker rejects any difference. */

import type { Static, TSchema } from 'typebox';

/** The type without `readonly`, which schemas do not have. */
type Plain<T> = T extends readonly (infer Item)[] ? Plain<Item>[] : T extends object ? { -readonly [Key in keyof T]: Plain<T[Key]> } : T;

/** The types are identical, not merely assignable: an optional field that one of them lacks is a difference. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- TypeScript compares two functions of a free type by identity
type IsSame<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

type Held<Schema extends TSchema, Document> =
  IsSame<Plain<Static<Schema>>, Plain<Document>> extends true ? unknown : 'the schema and the type in src/api differ';

/** Called as `schemaOf<Health>()(Type.Object(…))`: TypeScript infers either all type parameters of a call or none. */
export function schemaOf<Document>(): <Schema extends TSchema>(schema: Schema & Held<Schema, Document>) => Schema {
  return (schema) => schema;
}
