"use strict";

const { verifyWebhook } = require("cliniko-webhooks/verify");

const REQUEST_LIMIT_MS = 15_000;
/** Forged callbacks would otherwise decide how often the service is asked. */
const KEYS_AGAIN_MS = 10_000;

/** What goes wrong for a reason that a person can mend: its message says which. */
class ServiceError extends Error {}

/**
 * Asks the API of a cliniko-webhooks service.
 * @param {{ url: string, token: string }} service
 */
async function ask({ url, token }, method, path, body) {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), REQUEST_LIMIT_MS);
  let response;
  let text;
  try {
    response = await fetch(`${url.replace(/\/+$/, "")}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: limit.signal,
    });
    text = await response.text();
  } catch (error) {
    throw new ServiceError(`${url} does not answer: ${error.cause?.code ?? error.message}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
  // Gone already.
  if (response.status === 404 && method === "DELETE") return undefined;
  const isJson = response.headers.get("content-type")?.includes("json");
  const answer = isJson ? JSON.parse(text) : undefined;
  if (!response.ok) throw new ServiceError(`${url} answered ${response.status}: ${whyNot(answer)}`);
  return answer;
}

/** A problem of the service names each setting, what is wrong with it and what to do. */
function whyNot(problem) {
  const each = (problem?.errors ?? []).map(({ path, message, remedy }) => `${path} ${message}: ${remedy}`);
  return each.length > 0 ? each.join("; ") : (problem?.detail ?? problem?.title ?? "no reason was given");
}

/** Every event type that there is, by name. */
async function eventTypes(service) {
  const types = [];
  for (let cursor = ""; cursor !== null;) {
    const from = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await ask(service, "GET", `/event-types?limit=100${from}`);
    types.push(...page.data);
    cursor = page.next;
  }
  return types;
}

/**
 * One endpoint of the service that calls one URL of ours. It signs with a key of which the service alone has the private half:
 * the public one can be read again at any time, so that nothing has to be kept here.
 * @param settings what the endpoint is to be, in the words of the API; `url` among them
 */
function createSubscription(service, settings, now = Date.now) {
  let endpoint;
  let subscribing;
  let readAt = -Infinity;

  async function find(url) {
    const { data } = await ask(service, "GET", `/endpoints?url=${encodeURIComponent(url)}`);
    return data[0];
  }

  /** Makes the endpoint, or brings the one that calls this URL up to the settings. Safe to repeat. */
  function subscribe() {
    subscribing ??= makeOrBringUp().finally(() => {
      subscribing = undefined;
    });
    return subscribing;
  }

  async function makeOrBringUp() {
    const found = await find(settings.url);
    endpoint = found
      ? await bringUp(found)
      : await ask(service, "POST", "/endpoints", { ...settings, signature: "v1a" });
    readAt = now();
    return endpoint;
  }

  async function bringUp(found) {
    const path = `/endpoints/${encodeURIComponent(found.id)}`;
    const changed = Object.entries(settings).filter(
      ([name, value]) => JSON.stringify(found[name]) !== JSON.stringify(value),
    );
    let known = found;
    if (publicKeysOf(known).length === 0)
      known = await ask(service, "POST", `${path}/rotate`, { signature: "v1a" });
    if (changed.length > 0) known = await ask(service, "PATCH", path, Object.fromEntries(changed));
    // It was away for so long that the service gave it up.
    if (known.status.state === "disabled") known = await ask(service, "POST", `${path}/enable`);
    return known;
  }

  /** Whose a callback is. Where no key fits it may have been replaced: the keys are read again before it is refused. */
  async function verify(headers, body) {
    // Who forges callbacks has nothing asked: it is subscribed by whoever does so anyway.
    if (!endpoint && !subscribing) throw new ServiceError("not subscribed");
    if (!endpoint) await subscribing;
    const first = check(headers, body);
    if (first.kind === "verified" || first.check !== "signature" || now() - readAt < KEYS_AGAIN_MS)
      return first;
    readAt = now();
    endpoint = (await find(settings.url)) ?? endpoint;
    return check(headers, body);
  }

  function check(headers, body) {
    return verifyWebhook({ secrets: publicKeysOf(endpoint), headers, body, nowMs: now() });
  }

  async function unsubscribe() {
    const found = await find(settings.url);
    if (found) await ask(service, "DELETE", `/endpoints/${encodeURIComponent(found.id)}`);
    endpoint = undefined;
  }

  return { subscribe, unsubscribe, verify };
}

function publicKeysOf({ signing_keys: keys }) {
  return keys.flatMap(({ public_key: key }) => (key === null ? [] : [key]));
}

module.exports = { ServiceError, createSubscription, eventTypes };
