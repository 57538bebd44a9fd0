import type { Cidr } from "../../config/cidr.ts";
import { type IpAddress, parseAddress } from "../../config/ip-address.ts";
import type { OwnPlaces } from "./own-places.ts";
import { judgeAddress } from "./address-verdict.ts";

/** What the operator allows callbacks to reach. */
export interface TargetPolicy {
  /** Whether `http:` is allowed besides `https:`. */
  readonly allowHttp: boolean;
  /** Networks of the operator's own that may be called; each opens only what it lies wholly within. */
  readonly allowedRanges: readonly Cidr[];
  /** What is never called, whatever range it lies in. Default: nothing. */
  readonly own?: Pick<OwnPlaces, "find">;
}

export interface CheckedUrl {
  readonly kind: "ok";
  readonly url: URL;
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** The name belongs to the operator's own network: all its addresses must be opened by the operator's list. */
  readonly internalName: boolean;
}

export type UrlVerdict = CheckedUrl | Refusal;

/** `detail` is for the operator alone. */
export interface Refusal {
  readonly kind: "refused";
  readonly detail: string;
}

export type AddressesVerdict = { readonly kind: "ok"; readonly addresses: readonly IpAddress[] } | Refusal;

/**
 * Names that do not lead outside: localhost (RFC 6761), .local (RFC 6762; Kubernetes' cluster.local among them), .internal (ICANN,
 * metadata.google.internal among them), home.arpa (RFC 8375), Kubernetes' services (name.namespace.svc), and what offices and
 * clouds use without asking. A name without a dot is one too.
 */
const INTERNAL_NAME =
  /^[^.]*$|(?:^|\.)(?:localhost|local|localdomain|internal|intranet|private|corp|home|lan|home\.arpa|svc|pod|consul|docker|metadata\.tencentyun\.com)$/;

/** Below 1024, only the two ports that serve the web. */
const LOW_PORTS = [80, 443];

/**
 * Ports from 1024 where something other than a receiver of callbacks listens: the fetch standard's bad ports
 * (https://fetch.spec.whatwg.org/#port-blocking), then databases, queues, and the control ports of machines. The rule is
 * the same for networks that the operator opened: a receiver there can choose its port, and a list of exceptions by
 * address would have to be known before the name is resolved.
 */
const SERVICE_PORTS = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
  10_080,
  // SQL Server, Oracle, MySQL, PostgreSQL, CouchDB, Cassandra, MongoDB
  1433, 1521, 3306, 5432, 5984, 9042, 27_017, 27_018, 27_019,
  // Redis and its Sentinel, memcached, Elasticsearch
  6379, 6380, 26_379, 11_211, 9200, 9300,
  // MQTT, AMQP and its console, Kafka, ZooKeeper, Erlang
  1883, 8883, 5671, 5672, 15_672, 9092, 2181, 4369,
  // Docker, etcd, Kubernetes, Consul
  2375, 2376, 2377, 2379, 2380, 6443, 10_250, 10_255, 8300, 8500,
  // RDP, VNC, WinRM
  3389, 5900, 5901, 5985, 5986,
]);

/**
 * Judges the text of a URL, before anything is resolved. The host is judged as the URL parser reads it, which is what will
 * be dialled: it has turned every spelling of an IPv4 address (short, octal, hexadecimal, full-width) into the plain one.
 */
export function checkUrl(text: string, policy: TargetPolicy): UrlVerdict {
  const url = URL.parse(text);
  if (!url) return refused("not a URL");
  if (url.protocol !== "https:" && !(policy.allowHttp && url.protocol === "http:")) {
    return refused(`${url.protocol} is not allowed`);
  }
  if (url.username || url.password) return refused("the URL carries a user name or password");
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  if ((port < 1024 && !LOW_PORTS.includes(port)) || SERVICE_PORTS.has(port)) {
    return refused(`port ${port} is not one for callbacks`);
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (parseAddress(host)) {
    const checked = { kind: "ok", url, host, port, internalName: false } as const;
    const verdict = checkAddresses([host], checked, policy);
    return verdict.kind === "refused" ? verdict : checked;
  }
  // A name that is complete as it stands evades lists of names, and its certificate would not match.
  if (host.endsWith(".")) return refused("the host ends in a dot");
  const internalName = INTERNAL_NAME.test(host);
  if (internalName && policy.allowedRanges.length === 0) {
    return refused(
      "the host is a name of an internal network, and no range is allowed: delivery.allow_private names the ranges that its addresses lie in",
    );
  }
  return { kind: "ok", url, host, port, internalName };
}

/**
 * Judges what a host resolved to. One address that may not be called refuses them all: a mixed answer is how a name is made
 * to pass a check and reach something else.
 */
export function checkAddresses(
  addresses: readonly string[],
  { host, internalName, port }: Pick<CheckedUrl, "host" | "internalName" | "port">,
  policy: TargetPolicy,
): AddressesVerdict {
  const vetted: IpAddress[] = [];
  for (const text of addresses) {
    const verdict = judgeAddress(text, policy.allowedRanges);
    if (verdict.kind === "refused") return refused(verdict.detail);
    if (internalName && !verdict.opened)
      return refused(
        `${text} is outside the ranges of delivery.allow_private, and the host is a name of an internal network`,
      );
    const own = policy.own?.find(verdict.address, port, host);
    if (own !== undefined) return refused(`${text}, port ${port}, is where ${own} listens`);
    vetted.push(verdict.address);
  }
  return vetted.length > 0 ? { kind: "ok", addresses: vetted } : refused("no address");
}

function refused(detail: string): Refusal {
  return { kind: "refused", detail };
}
