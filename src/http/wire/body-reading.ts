/** Reads the body of a request that Fastify handles, within the budget for bodies. */

import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { LogError } from '../../api/problems.ts';
import type { Body, BodyBudget } from './body-budget.ts';

const held = new WeakMap<IncomingMessage, Body>();

interface BodyCounting {
  readonly budget: BodyBudget;
  /** Called before a part of a body is kept. @throws LogError if that is too much */
  readonly arrived: (request: IncomingMessage, bytes: number) => void;
}

/**
 * @param done - gets the bytes, which are counted until they are released or the connection is done with the request;
 * or why they are refused, after which the rest of the body is discarded
 */
export function readBody(
  { budget, arrived }: BodyCounting,
  request: IncomingMessage,
  done: (error: Error | null, bytes?: Buffer) => void,
): void {
  const declared = request.headers['content-length'];
  let body: Body;
  try {
    body = budget.begin(declared === undefined ? undefined : Number(declared));
  } catch (error) {
    request.resume();
    done(asError(error));
    return;
  }
  request.on('data', (chunk: Buffer) => {
    if (body.isOver) return;
    try {
      arrived(request, chunk.length);
      body.add(chunk);
    } catch (error) {
      body.release();
      done(asError(error));
    }
  });
  request.once('end', () => {
    const bytes = body.whole();
    if (bytes === undefined) return;
    held.set(request, body);
    done(null, bytes);
  });
  request.once('close', () => body.release());
  request.once('error', (error) => {
    if (!body.isOver) done(new LogError('bad-request', error.message, {}, { cause: error }));
  });
}

/** Releases the body of a request that does not need it any more. */
export function letGoOfBody(request: FastifyRequest): void {
  request.body = undefined;
  letGoOfBytes(request.raw);
}

/** The same for one that the framework does not see. */
export function letGoOfBytes(request: IncomingMessage): void {
  held.get(request)?.release();
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
