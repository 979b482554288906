/** Checks every answer in a test against the OpenAPI document that the node itself serves. */

import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

interface MediaType {
  readonly schema?: object;
}

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, MediaType>> }>>;
}

export interface OpenApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export class OpenApiCheck {
  readonly document: OpenApiDocument;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #compiled = new Map<object, ValidateFunction>();

  constructor(document: OpenApiDocument) {
    this.document = document;
    addFormats.default(this.#ajv);
  }

  static async of(url: string): Promise<OpenApiCheck> {
    return new OpenApiCheck((await (await fetch(`${url}/openapi.json`)).json()) as OpenApiDocument);
  }

  /** @throws if the document does not allow this answer */
  check(answer: {
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly contentType: string;
    readonly text: string;
  }): void {
    const { method, status, text } = answer;
    const path = this.#pathOf(answer.path, method);
    if (path === undefined) {
      // Not a route: it must be refused with 404 or 405.
      if (status !== 404 && status !== 405) throw new Error(`${method} ${answer.path} answered ${status}, and is not in the document`);
      return;
    }
    const response = this.document.paths[path]?.[method.toLowerCase()]?.responses[status];
    if (response === undefined)
      throw new Error(`${method} ${path} answered ${status}, which is not in the document: ${text.slice(0, 300)}`);
    const type = answer.contentType.split(';')[0]?.trim() ?? '';
    const media = response.content?.[type];
    if (media === undefined) {
      throw new Error(
        `${method} ${path} answered ${status} as "${type}", and the document has ${Object.keys(response.content ?? {}).join(', ') || 'no content'}`,
      );
    }
    if (media.schema === undefined) return;
    const values: unknown[] =
      type === 'application/x-ndjson'
        ? text
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => JSON.parse(line) as unknown)
        : type.endsWith('json')
          ? [JSON.parse(text)]
          : [text];
    for (const value of values) {
      const validate = this.#validator(media.schema);
      if (!validate(value)) {
        throw new Error(`${method} ${path} ${status}: ${JSON.stringify(validate.errors?.slice(0, 4))} in ${text.slice(0, 300)}`);
      }
    }
  }

  #validator(schema: object): ValidateFunction {
    let validate = this.#compiled.get(schema);
    if (validate === undefined) this.#compiled.set(schema, (validate = this.#ajv.compile(schema)));
    return validate;
  }

  #pathOf(path: string, method: string): string | undefined {
    const candidates = Object.keys(this.document.paths).filter((candidate) => {
      const pattern = new RegExp(`^${candidate.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
      return pattern.test(path) && this.document.paths[candidate]?.[method.toLowerCase()] !== undefined;
    });
    return candidates.find((candidate) => !candidate.includes('{')) ?? candidates[0];
  }
}
