import { Agent, type Dispatcher } from "undici";

/** How much of an answer is read before the connection is closed: enough to see what a receiver complains about. */
const MAX_ANSWER_BYTES = 16 * 1_024;

/** What became of one POST. No kind carries the answer's body. */
export type DeliveryOutcome =
  | { readonly kind: "delivered"; readonly status: number }
  | { readonly kind: "rejected"; readonly status: number; readonly retryAfterMs: number | undefined }
  | { readonly kind: "unreachable"; readonly fault: "dns" | "connect" | "tls" | "timeout" | "broken_off" };

export interface CallbackSender extends AsyncDisposable {
  /** Never rejects. */
  send(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<DeliveryOutcome>;
}

/** Posts callbacks. One deadline covers connecting, the head and the body of the answer; redirects are not followed. */
export function createCallbackSender(options: { timeoutMs: number; now: () => number }): CallbackSender {
  const agent = new Agent({ connections: 16, connect: { timeout: options.timeoutMs } });
  return {
    async send(url, headers, body) {
      try {
        const response = await agent.request({
          ...splitUrl(url),
          method: "POST",
          headers: { ...headers, "content-type": "application/json", "user-agent": "cliniko-webhooks" },
          body,
          signal: AbortSignal.timeout(options.timeoutMs),
        });
        await drain(response.body);
        const { statusCode: status } = response;
        if (status >= 200 && status < 300) return { kind: "delivered", status };
        return {
          kind: "rejected",
          status,
          retryAfterMs: retryAfter(response.headers["retry-after"], options.now()),
        };
      } catch (error) {
        return { kind: "unreachable", fault: classify(error) };
      }
    },
    async [Symbol.asyncDispose]() {
      await agent.destroy();
    },
  };
}

function splitUrl(url: string): { origin: string; path: string } {
  const { origin, pathname, search } = new URL(url);
  return { origin, path: pathname + search };
}

/** Reads to the end so that the connection can be used again, but no further than the limit. */
async function drain(body: Dispatcher.ResponseData["body"]): Promise<void> {
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) break; // leaving the loop destroys the stream and its connection
  }
}

/** Seconds or an HTTP date, as milliseconds from now. */
function retryAfter(header: string | string[] | undefined, nowMs: number): number | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

function classify(error: unknown): Extract<DeliveryOutcome, { kind: "unreachable" }>["fault"] {
  if (!(error instanceof Error)) return "broken_off";
  const code = "code" in error ? String(error.code) : "";
  if (error.name === "TimeoutError" || code.includes("TIMEOUT") || code === "ETIMEDOUT") return "timeout";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "dns";
  if (["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH"].includes(code)) return "connect";
  if (code.startsWith("ERR_TLS") || code.startsWith("CERT_") || /SELF_SIGNED|UNABLE_TO|ERR_SSL/.test(code))
    return "tls";
  return "broken_off";
}
