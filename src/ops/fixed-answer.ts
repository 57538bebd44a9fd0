import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, brotliDecompressSync, constants, gzip } from "node:zlib";

import type { FastifyReply, FastifyRequest } from "fastify";

/** An answer that is the same for everybody who may have it, for as long as the process lives. */
export interface FixedAnswer {
  /** Answers with the bytes that were made the first time, in the form that the caller reads; or that it has them (304). */
  send(request: Pick<FastifyRequest, "headers">, reply: FastifyReply): Promise<FastifyReply>;
}

type Encoding = "br" | "gzip" | "identity";

/** Small for a document of a megabyte in a tenth of a second. */
const BROTLI_QUALITY = 9;

/**
 * Made once, when it is first asked for: thousands who ask at once share one and the same bytes. It may be kept, and is asked for again
 * each time.
 */
export function createFixedAnswer(make: () => unknown): FixedAnswer {
  return createAnswer("application/json; charset=utf-8", () => ({
    bytes: Buffer.from(JSON.stringify(make())),
    forms: new Map(),
  }));
}

/** Of a file that the build has compressed: those who read brotli get its very bytes. Read when it is first asked for. */
export function createFixedFile(type: string, readBrotli: () => Buffer): FixedAnswer {
  return createAnswer(type, () => {
    const compressed = readBrotli();
    const forms = new Map<Encoding, Promise<Buffer>>([["br", Promise.resolve(compressed)]]);
    return { bytes: brotliDecompressSync(compressed), forms };
  });
}

interface Made {
  readonly bytes: Buffer;
  /** What is compressed already, and what will be. */
  readonly forms: Map<Encoding, Promise<Buffer>>;
}

function createAnswer(type: string, make: () => Made): FixedAnswer {
  let made: (Made & { readonly tag: string }) | undefined;
  const madeOnce = (): Made & { readonly tag: string } => {
    if (made) return made;
    const { bytes, forms } = make();
    made = { bytes, forms, tag: createHash("sha256").update(bytes).digest("base64url").slice(0, 22) };
    return made;
  };
  const formOf = async (encoding: Encoding): Promise<Buffer> => {
    const { bytes, forms } = madeOnce();
    const found = forms.get(encoding) ?? compress(bytes, encoding);
    forms.set(encoding, found);
    return await found;
  };

  return {
    async send({ headers }, reply) {
      const { tag } = madeOnce();
      const encoding = chooseEncoding(headers["accept-encoding"]);
      reply.headers({
        "cache-control": "no-cache",
        vary: reply.getHeader("vary") ?? "accept-encoding",
        // The bytes differ by encoding, and so must a strong tag.
        etag: `"${tag}-${encoding}"`,
      });
      if (isKnown(headers["if-none-match"], tag)) return await reply.code(304).send();
      if (encoding !== "identity") reply.header("content-encoding", encoding);
      return await reply.type(type).send(await formOf(encoding));
    },
  };
}

async function compress(bytes: Buffer, encoding: Encoding): Promise<Buffer> {
  switch (encoding) {
    case "br":
      return await promisify(brotliCompress)(bytes, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
          [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        },
      });
    case "gzip":
      return await promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION });
    case "identity":
      return bytes;
  }
}

/** The smallest that the caller reads (RFC 9110 §12.5.3). Who reads none at all gets it plain. */
export function chooseEncoding(accepted: string | undefined): Encoding {
  const weights = new Map(
    (accepted ?? "").split(",").map((part) => {
      const [name = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
      const weight = parameters.find((text) => text.startsWith("q="))?.slice(2);
      return [name, weight === undefined ? 1 : Number(weight)] as const;
    }),
  );
  const isRead = (name: string): boolean => (weights.get(name) ?? weights.get("*") ?? 0) > 0;
  if (isRead("br")) return "br";
  return isRead("gzip") ? "gzip" : "identity";
}

/** Whether it has the answer in any form: what is in it is the same. */
function isKnown(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === "*") return true;
  return ifNoneMatch.split(",").some((text) => {
    const [, given] = /^\s*(?:W\/)?"([\w-]{22})-(?:br|gzip|identity)"\s*$/.exec(text) ?? [];
    return given === tag;
  });
}
