import { createHmac } from "node:crypto";
import { type IncomingMessage, createServer } from "node:http";
import { once } from "node:events";

import { Webhook, WebhookVerificationError } from "standardwebhooks";

/** A callback whose signature was verified. */
export interface VerifiedCallback {
  readonly webhookId: string;
  /** Unix ms, this machine's clock. */
  readonly receivedAt: number;
  /** The bytes as they came. */
  readonly body: string;
  readonly event: unknown;
}

/** One that was not: bad signature, old timestamp, missing header, not JSON. */
export interface RefusedCallback {
  readonly receivedAt: number;
  readonly reason: string;
}

export interface ReceiverOptions {
  /** `whsec_…`, the secret shared with the sender. */
  readonly secret: string;
  /** Header with `sha256=` and the HMAC of the body alone: it must fit as well. Undefined: none is looked for. */
  readonly bodySignature?: string | undefined;
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  readonly now?: () => number;
  /** Chooses the answer to a verified callback; default 204. Called before `onCallback`, which hears 2xx answers only. */
  readonly answer?: (callback: VerifiedCallback) => number | Promise<number>;
  readonly onCallback?: (callback: VerifiedCallback) => void;
  readonly onRefused?: (refused: RefusedCallback) => void;
}

export interface Receiver extends AsyncDisposable {
  /** Where to send callbacks. */
  readonly url: string;
  /** Everything verified and accepted, repetitions included. */
  readonly callbacks: readonly VerifiedCallback[];
  readonly refused: readonly RefusedCallback[];
}

const LARGEST_BODY_BYTES = 1_048_576;

/**
 * A subscriber as it should be: reads the raw body, verifies it with the public `standardwebhooks` package, and only
 * then looks inside.
 */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { host = "127.0.0.1", port = 0, now = Date.now, answer = () => 204 } = options;
  const webhook = new Webhook(options.secret);
  const callbacks: VerifiedCallback[] = [];
  const refused: RefusedCallback[] = [];

  const receive = async (headers: NodeJS.Dict<string | string[]>, body: string): Promise<number> => {
    const receivedAt = now();
    try {
      const flat = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
      const event: unknown = webhook.verify(body, flat);
      if (options.bodySignature !== undefined) {
        const expected = `sha256=${createHmac("sha256", options.secret).update(body).digest("hex")}`;
        const fits = flat[options.bodySignature.toLowerCase()] === expected;
        if (!fits) throw new WebhookVerificationError(`${options.bodySignature} does not fit the body`);
      }
      const callback = { webhookId: flat["webhook-id"] ?? "", receivedAt, body, event };
      const status = await answer(callback);
      if (status >= 200 && status < 300) {
        callbacks.push(callback);
        options.onCallback?.(callback);
      }
      return status;
    } catch (error) {
      const reason = error instanceof WebhookVerificationError ? error.message : "the body is not JSON";
      refused.push({ receivedAt, reason });
      options.onRefused?.({ receivedAt, reason });
      return 401;
    }
  };

  const server = createServer((request, response) => {
    const respond = async (): Promise<void> => {
      const body = request.method === "POST" ? await readBody(request) : undefined;
      response.writeHead(body === undefined ? 400 : await receive(request.headers, body)).end();
    };
    void respond();
  });
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  const boundPort = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${boundPort}/`,
    callbacks,
    refused,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Undefined: broken off, or larger than any callback. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > LARGEST_BODY_BYTES) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString("utf8");
}
