/** One of the servers that are asked first. */
export interface RedisHost {
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

interface Reached {
  readonly username: string | undefined;
  readonly password: string | undefined;
}

interface ReachedByNetwork extends Reached {
  readonly tls: boolean;
  /** Which kind of address of a host is used: 4, 6, or 0 for either. */
  readonly family: number | undefined;
}

/**
 * Where Redis is and which of its databases is ours, as REDIS_URL says it. server: one address · socket: on this machine ·
 * sentinel: whichever server the sentinels call the primary of that name · cluster: the slots of a cluster, of which any node tells.
 */
export type RedisLocation =
  | (Reached & { readonly kind: "socket"; readonly path: string; readonly database: number })
  | (ReachedByNetwork & RedisHost & { readonly kind: "server"; readonly database: number })
  | (ReachedByNetwork & {
      readonly kind: "sentinel";
      readonly sentinels: readonly RedisHost[];
      readonly primary: string;
      readonly database: number;
    })
  | (ReachedByNetwork & { readonly kind: "cluster"; readonly nodes: readonly RedisHost[] });

interface Refused {
  readonly kind: "refused";
  readonly message: string;
  readonly remedy: string;
}

export type ParsedRedisUrl = { readonly kind: "location"; readonly location: RedisLocation } | Refused;

const USUAL_PORT = 6_379;
const USUAL_SENTINEL_PORT = 26_379;

const FORMS = {
  redis: "redis://user:password@host:6379/0",
  unix: "unix:///run/redis/redis.sock?db=0",
  sentinel: "redis+sentinel://user:password@host1,host2,host3/mymaster/0",
  cluster: "redis+cluster://user:password@host1,host2,host3",
};
const EXAMPLE = `write it like ${FORMS.redis} or ${FORMS.unix}`;
const ESCAPES = "in a password write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23, % as %25";

/** Scheme, what is before the hosts, the hosts, and what comes behind them. */
const SHAPE = /^(rediss?(?:\+sentinel|\+cluster)?|unix):\/\/((?:[^/?#]*@)?)([^/?#@]*)([^]*)$/;

/**
 * `redis[s]://[user][:password]@host[:port][/database]` · `unix://[user][:password]@/path/to.sock[?db=database]` ·
 * `redis[s]+sentinel://…@host[:port],…/primary[/database]` · `redis[s]+cluster://…@host[:port],…`. What it does not know it
 * refuses by name, because the client would pass it over. Its words never repeat what may be part of a password.
 */
export function parseRedisUrl(written: string): ParsedRedisUrl {
  const [, scheme = "", login = "", hosts = "", rest = ""] = SHAPE.exec(written.trim()) ?? [];
  const isSocket = scheme === "unix";
  if (isSocket ? hosts !== "" || rest.length < 2 || !rest.startsWith("/") : scheme === "" || hosts === "") {
    return refuse(
      "does not start with redis://, rediss://, redis+sentinel://, redis+cluster:// or unix://",
      `${EXAMPLE}, with sentinels ${FORMS.sentinel}, a cluster ${FORMS.cluster}, or unset it to use a private Redis`,
    );
  }
  // The first host stands for all of them; each of the others is looked at by itself.
  const [first = "", ...others] = hosts.split(",");
  const who = URL.parse(`redis://${login}host`);
  const url = URL.parse(isSocket ? `unix://${rest}` : `redis://${first}${rest}`);
  // A character that had to be escaped ends the password early: what follows looks like a path or a parameter.
  if (!url || !who || `${url.pathname}${url.search}${url.hash}`.includes("@") || url.hash !== "") {
    return refuse("cannot be read", `${EXAMPLE}; ${ESCAPES}`);
  }
  const readable = isSocket ? ["db"] : ["db", "family"];
  const unknown = [...url.searchParams.keys()].find((name) => !readable.includes(name));
  if (unknown !== undefined) {
    return refuse(
      `has a parameter that nobody reads: ${unknown}`,
      "leave it out; what can be said is the database (/2 or ?db=2) and, but for a socket, ?family=4 or 6",
    );
  }
  try {
    return toLocation(scheme, { who, url, others });
  } catch {
    return refuse("has a % that escapes nothing", "write a % in a password as %25");
  }
}

/** @throws URIError */
function toLocation(
  scheme: string,
  { others, url, who }: { readonly who: URL; readonly url: URL; readonly others: readonly string[] },
): ParsedRedisUrl {
  const family = url.searchParams.get("family");
  if (family !== null && !/^[046]$/.test(family))
    return refuse("has a family other than 4, 6 or 0", "leave it out, or write ?family=6");
  const reached = {
    username: decodeURIComponent(who.username) || undefined,
    password: decodeURIComponent(who.password) || undefined,
  };
  if (scheme === "unix") {
    const database = toDatabase(url, []);
    if (typeof database !== "number") return database;
    return located({ kind: "socket", ...reached, path: decodeURIComponent(url.pathname), database });
  }
  const byNetwork = {
    ...reached,
    tls: scheme.startsWith("rediss"),
    family: family === null ? undefined : Number(family),
  };
  const [, way = ""] = scheme.split("+");
  const hosts = toHosts([url.host, ...others], way === "sentinel" ? USUAL_SENTINEL_PORT : USUAL_PORT);
  if (!hosts)
    return refuse("names a host that cannot be read", "write host:port, with commas between several");
  const path = url.pathname.split("/").filter((part, index) => index > 0 && part !== "");
  switch (way) {
    case "cluster":
      return path.length > 0 || url.searchParams.has("db")
        ? refuse("names a database, and a cluster has only one", `leave it out: ${FORMS.cluster}`)
        : located({ kind: "cluster", ...byNetwork, nodes: hosts });
    case "sentinel": {
      const [primary, ...rest] = path;
      if (primary === undefined)
        return refuse(
          "does not say which primary the sentinels are to be asked for",
          `write ${FORMS.sentinel}`,
        );
      const database = toDatabase(url, rest);
      if (typeof database !== "number") return database;
      const named = { primary: decodeURIComponent(primary), database };
      return located({ kind: "sentinel", ...byNetwork, sentinels: hosts, ...named });
    }
    default: {
      const [host, another] = hosts;
      if (!host || another)
        return refuse(
          "names several hosts",
          `write one; with sentinels ${FORMS.sentinel}, a cluster ${FORMS.cluster}`,
        );
      const database = toDatabase(url, path);
      return typeof database === "number"
        ? located({ kind: "server", ...byNetwork, ...host, database })
        : database;
    }
  }
}

function located(location: RedisLocation): ParsedRedisUrl {
  return { kind: "location", location };
}

/** Undefined: one of them is no host. */
function toHosts(texts: readonly string[], usualPort: number): RedisHost[] | undefined {
  const hosts = texts.map((text) => {
    const url = /[/?#@]/.test(text) ? null : URL.parse(`redis://${text}`);
    const host = decodeURIComponent(url?.hostname ?? "").replace(/^\[(.*)\]$/, "$1");
    return { host, port: Number(url?.port || usualPort) };
  });
  return hosts.every(({ host }) => host !== "") ? hosts : undefined;
}

function toDatabase(url: URL, inPath: readonly string[]): number | Refused {
  const asked = [...url.searchParams.getAll("db"), ...(inPath.length === 0 ? [] : [inPath.join("/")])];
  const [database = "0"] = asked;
  if (asked.some((one) => one !== database))
    return refuse("names two databases", "leave one of them out: redis://host/2");
  return /^\d{1,6}$/.test(database)
    ? Number(database)
    : refuse("names a database that is not a number", "write its number: redis://host:6379/2");
}

function refuse(message: string, remedy: string): Refused {
  return { kind: "refused", message, remedy };
}
