"use strict";

const MOST_BODY_BYTES = 1_048_576;
/** Of the last callbacks. The service sends again what was not taken, for three days. */
const MOST_IDS = 10_000;

/**
 * Answers callbacks: 401 what is not the service's, 204 what was had before, and hands on the rest, once.
 * @param deps.verify whose a callback is
 * @param deps.hand hands an event on. It resolves to whether it was taken: then the service is done with it
 * @param deps.kept ids that were taken in a former life, and where they are kept for the next
 */
function createReceiver({ verify, hand, kept }) {
  const taken = new Set(kept.read());
  const underWay = new Map();

  return async function receive(request, response) {
    const body = await readBody(request);
    if (body === undefined) return void response.status(413).end();
    let seen;
    try {
      seen = await verify(request.headers, body);
    } catch {
      // The service cannot be asked for its key just now. It sends it again.
      return void response.status(503).end();
    }
    if (seen.kind === "refused") return void response.status(401).end();
    if (taken.has(seen.id)) return void response.status(204).end();
    const first = underWay.get(seen.id);
    // Two attempts at once have one outcome.
    if (first) return void response.status((await first) ? 204 : 503).end();
    await handOnce(seen.id, JSON.parse(body), request, response);
  };

  async function handOnce(id, event, request, response) {
    const outcome = hand(event, request, response).catch(() => false);
    underWay.set(id, outcome);
    if (await outcome) remember(id);
    underWay.delete(id);
    if (!response.headersSent) response.status((await outcome) ? 204 : 503).end();
  }

  function remember(id) {
    taken.add(id);
    if (taken.size > MOST_IDS) taken.delete(taken.values().next().value);
    kept.write([...taken]);
  }
}

/** The bytes as they came: they are what is signed. Undefined: there are too many. */
async function readBody(request) {
  const parts = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > MOST_BODY_BYTES) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

module.exports = { createReceiver };
