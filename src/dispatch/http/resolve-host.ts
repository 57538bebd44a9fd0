import { Resolver, lookup as systemLookup } from "node:dns/promises";

import { toError } from "../../shared/errors.ts";
import { errorCode } from "../worker/attempt-failure.ts";
import { createSemaphore } from "../worker/semaphore.ts";
import { limitSignal } from "../../shared/limit-signal.ts";

export type Resolution =
  /** At least one; IPv4 and IPv6 take turns, IPv4 first. */
  | { readonly kind: "addresses"; readonly addresses: readonly string[] }
  /** The name does not lead anywhere: no such name, no address, or its name servers fail or say nothing. */
  | { readonly kind: "none"; readonly detail: string }
  /** The name servers of this machine cannot be reached. */
  | { readonly kind: "own_fault"; readonly detail: string };

export interface HostResolver {
  /** Never rejects. Ends when the signal fires. */
  resolve(host: string, signal: AbortSignal): Promise<Resolution>;
}

export interface ResolverOptions {
  /** Name servers, as `address` or `address:port`; undefined: those of this machine. */
  readonly servers?: readonly string[] | undefined;
  /** Longest wait for an answer. */
  readonly timeoutMs: number;
  /** All addresses of a host by the machine's own means: its hosts file and search domains. Rejects with a `code`. */
  readonly lookup?: ((host: string) => Promise<readonly string[]>) | undefined;
}

/**
 * How many of the four threads that Node shares between file access, compression and getaddrinfo may wait for names. One
 * slow name asked for by many must not stop them all, which is also why c-ares (no thread at all) is asked first.
 */
const LOOKUPS_AT_ONCE = 2;
/** Once one family has answered, how long the other one may still take (RFC 8305 §3 waits 50 ms). */
const OTHER_FAMILY_MS = 500;

const NO_SUCH_NAME = new Set(["ENOTFOUND", "ENODATA"]);
/** No name server was reached, or none is known. */
const NO_SERVER = new Set(["ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH", "ENOSERVER"]);

/**
 * Resolves names, afresh each time. What c-ares does not find is looked up by the machine's own means as well, so that a
 * hosts file and search domains count.
 */
export function createHostResolver(options: ResolverOptions): HostResolver {
  const lookup = options.lookup ?? lookupAll;
  const semaphore = createSemaphore(LOOKUPS_AT_ONCE);
  createQuestion(options); // a name server that is not an address is found now, not at the first callback

  async function lookUp(host: string, signal: AbortSignal): Promise<Answer> {
    const release = await semaphore.acquire(signal);
    if (!release) return { addresses: [], code: "ETIMEOUT" };
    // The turn ends with the thread's work, not with our patience.
    const found = toAnswer(lookup(host)).finally(release);
    return (await Promise.race([found, aborted(signal)])) ?? { addresses: [], code: "ETIMEOUT" };
  }

  return {
    async resolve(host, callersSignal) {
      using limited = limitSignal([callersSignal], options.timeoutMs);
      const { signal } = limited;
      // localhost is nobody's to define but the machine's (RFC 6761 §6.3).
      const local = /(?:^|\.)localhost$/.test(host);
      const first = local ? { addresses: [], code: "ENOTFOUND" } : await query(host, options, signal);
      if (first.addresses.length > 0) return { kind: "addresses", addresses: first.addresses };
      const unserved = NO_SERVER.has(first.code);
      if (!unserved && !NO_SUCH_NAME.has(first.code)) return none(first.code);
      const second = await lookUp(host, signal);
      if (second.addresses.length > 0) return { kind: "addresses", addresses: second.addresses };
      return unserved
        ? { kind: "own_fault", detail: `the name servers cannot be reached (${first.code})` }
        : none(first.code);
    },
  };
}

interface Answer {
  readonly addresses: readonly string[];
  /** What went wrong where there is no address. */
  readonly code: string;
}

/** Asks for A and AAAA at once. */
async function query(host: string, options: ResolverOptions, signal: AbortSignal): Promise<Answer> {
  const resolver = createQuestion(options);
  const cancel = (): void => {
    resolver.cancel();
  };
  signal.addEventListener("abort", cancel);
  let timer: NodeJS.Timeout | undefined;
  const hurryTheOther = ({ addresses }: Answer): void => {
    if (addresses.length > 0) timer ??= setTimeout(cancel, OTHER_FAMILY_MS);
  };
  try {
    const families = [toAnswer(resolver.resolve4(host)), toAnswer(resolver.resolve6(host))];
    for (const family of families) {
      void family.then(hurryTheOther);
    }
    if (signal.aborted) cancel();
    const [v4 = NO_ANSWER, v6 = NO_ANSWER] = await Promise.all(families);
    // "Has none" of one family is no answer while the other one is unknown.
    const codes = [v4.code, v6.code];
    const code = codes.find((each) => !NO_SUCH_NAME.has(each)) ?? v4.code;
    return { addresses: alternate(v4.addresses, v6.addresses), code };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", cancel);
  }
}

/** One for each question: cancelling ends all questions of a resolver. @throws when a server is not an address */
function createQuestion({ servers, timeoutMs }: ResolverOptions): Resolver {
  // A lost packet is sent again within the time.
  const resolver = new Resolver({ timeout: Math.ceil(timeoutMs / 4), tries: 3 });
  if (servers) resolver.setServers([...servers]);
  return resolver;
}

const NO_ANSWER: Answer = { addresses: [], code: "ETIMEOUT" };

async function toAnswer(addresses: Promise<readonly string[]>): Promise<Answer> {
  try {
    return { addresses: await addresses, code: "ENODATA" };
  } catch (error) {
    return { addresses: [], code: errorCode(toError(error)) };
  }
}

async function lookupAll(host: string): Promise<readonly string[]> {
  const found = await systemLookup(host, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

async function aborted(signal: AbortSignal): Promise<undefined> {
  await new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", resolve, { once: true });
  });
}

function alternate(v4: readonly string[], v6: readonly string[]): string[] {
  const rows = Math.max(v4.length, v6.length);
  return Array.from({ length: rows }, (_, row) =>
    [v4.slice(row, row + 1), v6.slice(row, row + 1)].flat(),
  ).flat();
}

function none(code: string): Resolution {
  switch (code) {
    case "ENOTFOUND":
      return { kind: "none", detail: "no such name (ENOTFOUND)" };
    case "ENODATA":
      return { kind: "none", detail: "the name has no address (ENODATA)" };
    case "ETIMEOUT":
    case "ECANCELLED":
      return { kind: "none", detail: "its name servers did not answer in time (ETIMEOUT)" };
    default:
      return { kind: "none", detail: `its name servers do not know (${code})` };
  }
}
