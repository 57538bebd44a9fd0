import { request } from "node:http";

/** One answer to a browser. */
export interface BrowserAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

export interface BrowserAsk {
  readonly body?: unknown;
  /** Beside what a page of ours sends. Undefined takes one of those out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** The requests of a page in a browser, without the browser: it keeps the session's cookie and sends what one would. */
export interface BrowserRequests {
  /** `name=value` of what it holds; undefined: nothing. */
  readonly cookie: string | undefined;
  /** The whole header of the last cookie that was set. */
  readonly setCookie: string | undefined;
  /** As a page of ours does it, by fetch. */
  ask(method: string, path: string, ask?: BrowserAsk): Promise<BrowserAnswer>;
  /** As a person does it, who types an address or follows a link. Redirects are not followed. */
  go(path: string, ask?: BrowserAsk): Promise<BrowserAnswer>;
  signIn(body: { readonly token: string } | { readonly code: string }): Promise<BrowserAnswer>;
}

/** `origin` is what the browser's address bar shows, where a proxy stands between it and `url`. */
export function createBrowserRequests(
  url: string,
  { origin = url }: { readonly origin?: string } = {},
): BrowserRequests {
  let cookie: string | undefined;
  let setCookie: string | undefined;
  const host = new URL(origin).host;

  const send = async (
    method: string,
    path: string,
    headers: Readonly<Record<string, string | undefined>>,
    body?: unknown,
  ): Promise<BrowserAnswer> => {
    const answer = await exchange(url, path, method, { host, cookie, ...headers }, body);
    const given = answer.headers["set-cookie"];
    if (given !== undefined) {
      setCookie = given;
      cookie = given.includes("Max-Age=0") ? undefined : given.split(";")[0];
    }
    return answer;
  };
  const ask: BrowserRequests["ask"] = async (method, path, { body, headers } = {}) =>
    await send(
      method,
      path,
      {
        "sec-fetch-site": "same-origin",
        "sec-fetch-mode": "cors",
        "x-dashboard": "1",
        ...(method === "GET" ? {} : { origin }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      body,
    );

  return {
    get cookie() {
      return cookie;
    },
    get setCookie() {
      return setCookie;
    },
    ask,
    go: async (path, { headers } = {}) =>
      await send("GET", path, {
        accept: "text/html,application/xhtml+xml,*/*;q=0.8",
        "sec-fetch-site": "none",
        "sec-fetch-mode": "navigate",
        ...headers,
      }),
    signIn: async (body) => await ask("POST", "/ops/session", { body }),
  };
}

/** Not by `fetch`: that one keeps headers like Host for itself, and tidies a path with dots in it. */
async function exchange(
  url: string,
  path: string,
  method: string,
  given: Readonly<Record<string, string | undefined>>,
  body: unknown,
): Promise<BrowserAnswer> {
  const { hostname, port } = new URL(url);
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) if (value !== undefined) headers[name] = value;
  if (text !== undefined) headers["content-length"] = String(Buffer.byteLength(text));
  return await new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => void parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const answered: Record<string, string> = {};
        for (const [name, value] of Object.entries(response.headers)) answered[name] = String(value);
        resolve({
          status: response.statusCode ?? 0,
          headers: answered,
          text: Buffer.concat(parts).toString(),
        });
      });
    });
    sent.on("error", reject);
    sent.end(text);
  });
}
