/** One POST. */
export interface CallbackRequest {
  /** Path and query, as a URL has them. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
/** No line end, or one header could become two. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const PATH = /^\/[\x21-\x7e]*$/;

/** What runs the connection is not an endpoint's to say. */
const OURS = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The bytes of a request. Undefined: something in it cannot be sent, or would change where the request ends. */
export function formatRequest(host: string, { path, headers, body }: CallbackRequest): Buffer | undefined {
  const fields = Object.entries(headers);
  const fit = fields.every(
    ([name, value]) => NAME.test(name) && !OURS.has(name.toLowerCase()) && VALUE.test(value),
  );
  if (!fit || !PATH.test(path)) return undefined;
  const text = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const length = Buffer.byteLength(body);
  const head = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n${text}content-length: ${length}\r\n\r\n`;
  const bytes = Buffer.allocUnsafe(head.length + length);
  bytes.write(head, "latin1");
  bytes.write(body, head.length);
  return bytes;
}
