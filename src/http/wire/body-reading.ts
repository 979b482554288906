/** Reads the body of a request that the framework has, within what bodies may hold. */

import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { LogError } from '../../api/problems.ts';
import type { Body, BodyBudget } from './body-budget.ts';

const held = new WeakMap<IncomingMessage, Body>();

/** @param done - told the bytes, which count until they are let go or the request is answered, or why they are not taken; what still comes is passed over then */
export function readBody(budget: BodyBudget, request: IncomingMessage, done: (error: Error | null, bytes?: Buffer) => void): void {
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
    try {
      body.add(chunk);
    } catch (error) {
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

/** The body of this request is not needed any more. */
export function letGoOfBody(request: FastifyRequest): void {
  request.body = undefined;
  held.get(request.raw)?.release();
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
