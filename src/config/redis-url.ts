/** Where a Redis is and which of its databases is ours, as REDIS_URL says it. */
export interface RedisLocation {
  /** Undefined: `path` is. */
  readonly host: string | undefined;
  readonly port: number;
  /** A unix socket. */
  readonly path: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly tls: boolean;
  /** Which kind of address of the host is used: 4, 6, or 0 for either. */
  readonly family: number | undefined;
}

export type ParsedRedisUrl =
  | { readonly kind: "location"; readonly location: RedisLocation }
  | { readonly kind: "refused"; readonly message: string; readonly remedy: string };

const USUAL_PORT = 6_379;
const EXAMPLE = "write it like redis://user:password@host:6379/0 or unix:///run/redis/redis.sock?db=0";

/**
 * `redis[s]://[user][:password]@host[:port][/database]`, or `unix:///path/to.sock`. What it does not know it refuses by name,
 * because the client would pass it over. Its words never repeat what may be part of a password.
 */
export function parseRedisUrl(written: string): ParsedRedisUrl {
  const text = written.trim();
  if (!/^(rediss?:\/\/.|unix:\/\/\/.)/.test(text)) {
    return refuse(
      "does not start with redis://, rediss:// or unix://",
      `${EXAMPLE}, or unset it to use a private Redis`,
    );
  }
  const url = URL.parse(text);
  // A character that had to be escaped ends the password early: what follows looks like a path or a parameter.
  if (!url || `${url.pathname}${url.search}${url.hash}`.includes("@") || url.hash !== "") {
    return refuse(
      "cannot be read",
      `${EXAMPLE}; in a password write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23, % as %25`,
    );
  }
  const unknown = [...url.searchParams.keys()].find((name) => name !== "db" && name !== "family");
  if (unknown !== undefined) {
    return refuse(
      `has a parameter that nobody reads: ${unknown}`,
      "leave it out; what can be said is the database (/2 or ?db=2) and ?family=4 or 6",
    );
  }
  return toLocation(url);
}

function toLocation(url: URL): ParsedRedisUrl {
  const isSocket = url.protocol === "unix:";
  const inPath = isSocket ? "" : url.pathname.replace(/^\//, "");
  const asked = url.searchParams.getAll("db").concat(inPath === "" ? [] : [inPath]);
  const [database = "0"] = asked;
  if (asked.some((one) => one !== database))
    return refuse("names two databases", "leave one of them out: redis://host/2");
  if (!/^\d{1,6}$/.test(database)) {
    return refuse("names a database that is not a number", "write its number: redis://host:6379/2");
  }
  const family = url.searchParams.get("family");
  if (family !== null && !/^[046]$/.test(family))
    return refuse("has a family other than 4, 6 or 0", "leave it out, or write ?family=6");
  try {
    return {
      kind: "location",
      location: {
        host: isSocket ? undefined : decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, "$1"),
        port: Number(url.port || USUAL_PORT),
        path: isSocket ? decodeURIComponent(url.pathname) : undefined,
        username: decodeURIComponent(url.username) || undefined,
        password: decodeURIComponent(url.password) || undefined,
        database: Number(database),
        tls: url.protocol === "rediss:",
        family: family === null ? undefined : Number(family),
      },
    };
  } catch {
    return refuse("has a % that escapes nothing", "write a % in a password as %25");
  }
}

function refuse(message: string, remedy: string): ParsedRedisUrl {
  return { kind: "refused", message, remedy };
}
