import { type Cidr, containsAddress, isWithin, parseCidr } from "../../config/cidr.ts";
import { type IpAddress, formatAddress, parseAddress } from "../../config/ip-address.ts";

/**
 * public: anybody's to call · private: a network of the operator's own, called only where the operator lists it ·
 * forbidden: this machine, its link, the cloud's metadata, or nothing that answers callbacks.
 */
export type AddressTier = "public" | "private" | "forbidden";

export interface AddressClass {
  readonly tier: AddressTier;
  readonly reason: string;
  /**
   * The range that decided. A listed CIDR opens the address only if it lies wholly within, so that 0.0.0.0/0 opens nothing
   * and 127.0.0.1/32 opens what it says. Undefined: nothing opens it.
   */
  readonly opensWithin: Cidr | undefined;
}

export type AddressVerdict =
  /** `opened`: by the operator's list; otherwise it is public. */
  | { readonly kind: "allowed"; readonly address: IpAddress; readonly opened: boolean }
  | { readonly kind: "refused"; readonly tier: "private" | "forbidden"; readonly detail: string };

type Row = readonly [
  range: string,
  tier: "private" | "forbidden",
  reason: string,
  opening?: "can be opened" | "stays shut",
];

/**
 * The first match decides. Sources: the IANA special-purpose registries for IPv4 and IPv6, RFC 6890, and the documents of
 * the clouds for their metadata services (AWS, Azure, Google, Alibaba, Oracle in 192.0.0.0/24, Scaleway, Tencent).
 */
const ROWS: readonly Row[] = [
  ["169.254.169.254/32", "forbidden", "cloud metadata"],
  ["169.254.170.2/32", "forbidden", "cloud metadata"],
  ["169.254.170.23/32", "forbidden", "cloud metadata"],
  ["169.254.42.42/32", "forbidden", "cloud metadata"],
  ["169.254.0.23/32", "forbidden", "cloud metadata"],
  ["100.100.100.200/32", "forbidden", "cloud metadata"],
  ["168.63.129.16/32", "forbidden", "cloud metadata"],
  ["192.0.0.192/32", "forbidden", "cloud metadata"],
  ["fd00:ec2::254/128", "forbidden", "cloud metadata"],
  ["fd00:ec2::23/128", "forbidden", "cloud metadata"],
  ["fd20:ce::254/128", "forbidden", "cloud metadata"],
  ["fd00:42::42/128", "forbidden", "cloud metadata"],
  ["10.0.0.0/8", "private", "private (RFC 1918)"],
  ["172.16.0.0/12", "private", "private (RFC 1918)"],
  ["192.168.0.0/16", "private", "private (RFC 1918)"],
  ["100.64.0.0/10", "private", "shared by carrier-grade NAT"],
  // 0.0.0.0 reaches this machine on Linux.
  ["0.0.0.0/8", "forbidden", "unspecified", "stays shut"],
  ["127.0.0.0/8", "forbidden", "loopback"],
  ["169.254.0.0/16", "forbidden", "link-local"],
  ["192.0.0.0/24", "forbidden", "for protocol assignments"],
  ["192.0.2.0/24", "forbidden", "for documentation"],
  ["192.88.99.0/24", "forbidden", "6to4 relay", "stays shut"],
  ["198.18.0.0/15", "forbidden", "for benchmarks"],
  ["198.51.100.0/24", "forbidden", "for documentation"],
  ["203.0.113.0/24", "forbidden", "for documentation"],
  ["224.0.0.0/4", "forbidden", "multicast", "stays shut"],
  ["255.255.255.255/32", "forbidden", "broadcast", "stays shut"],
  ["240.0.0.0/4", "forbidden", "reserved"],
  ["fc00::/7", "private", "unique local"],
  ["fec0::/10", "private", "site-local"],
  ["::1/128", "forbidden", "loopback"],
  ["::/128", "forbidden", "unspecified", "stays shut"],
  // Mapped, compatible, SIIT and ISATAP without a prefix, the mapped form of a public address too: it has a plain form.
  ["::/8", "forbidden", "reserved, or IPv4 in disguise", "stays shut"],
  // Useless without a zone id, which no URL carries.
  ["fe80::/10", "forbidden", "link-local", "stays shut"],
  ["ff00::/8", "forbidden", "multicast", "stays shut"],
  ["2001::/23", "forbidden", "Teredo or another protocol's", "stays shut"],
  ["2001:db8::/32", "forbidden", "for documentation"],
  ["2002::/16", "forbidden", "6to4", "stays shut"],
  ["3fff::/20", "forbidden", "for documentation"],
];

const RANGES = ROWS.map(([range, tier, reason, opening]) => ({
  range: known(range),
  tier,
  reason,
  opens: opening !== "stays shut",
}));

const NAT64 = known("64:ff9b::/96");
const LOOPBACK = [known("127.0.0.0/8"), known("::1/128")];
const GLOBAL_UNICAST = known("2000::/3");

export function isLoopback(address: IpAddress): boolean {
  return LOOPBACK.some((range) => containsAddress(range, address));
}

/** The IPv4 address that an IPv6 address stands for: behind NAT64, or mapped. */
export function embeddedV4({ family, value }: IpAddress): IpAddress | undefined {
  const isEmbedded = family === 6 && (containsAddress(NAT64, { family, value }) || value >> 32n === 0xffffn);
  return isEmbedded ? { family: 4, value: value & 0xffffffffn } : undefined;
}

export function classifyAddress(address: IpAddress): AddressClass {
  if (containsAddress(NAT64, address)) return classifyNat64(address);
  const match = RANGES.find(({ range }) => containsAddress(range, address));
  if (match) {
    const { range, tier, reason, opens } = match;
    return { tier, reason, opensWithin: opens ? range : undefined };
  }
  if (address.family === 4) return { tier: "public", reason: "public", opensWithin: undefined };
  if (!containsAddress(GLOBAL_UNICAST, address)) return shut("not global unicast");
  if (isIsatap(address)) return shut("ISATAP");
  return { tier: "public", reason: "public", opensWithin: undefined };
}

/** What an address, as text, may be to a callback. `allowed`: the operator's list. */
export function judgeAddress(text: string, allowed: readonly Cidr[]): AddressVerdict {
  const address = parseAddress(text);
  // A zone id, or a form that another reader may take for something else.
  if (!address) return { kind: "refused", tier: "forbidden", detail: "an address in an unknown form" };
  const { tier, reason, opensWithin } = classifyAddress(address);
  if (tier === "public") return { kind: "allowed", address, opened: false };
  const opened =
    opensWithin && allowed.some((cidr) => containsAddress(cidr, address) && isWithin(cidr, opensWithin));
  if (opened) return { kind: "allowed", address, opened };
  const plain = formatAddress(address);
  return {
    kind: "refused",
    tier,
    detail: `${plain} is ${reason}${hintOf(address, plain, tier, opensWithin)}`,
  };
}

/** How a receiver of the operator's own is let in. Of what no callback should reach, like cloud metadata, nothing is said. */
function hintOf(
  { family }: IpAddress,
  plain: string,
  tier: AddressTier,
  opensWithin: Cidr | undefined,
): string {
  const own = tier === "private" || LOOPBACK.some((range) => opensWithin && isWithin(opensWithin, range));
  return opensWithin && own
    ? `; a receiver of your own is opened by delivery.allow_private: ["${plain}/${family === 4 ? 32 : 128}"]`
    : "";
}

/** Whether listing the CIDR changes anything: it lies within one private or forbidden range that can be opened. */
export function opensAnything(cidr: Cidr): boolean {
  return RANGES.some(({ range, opens }) => opens && isWithin(cidr, range));
}

/**
 * 64:ff9b::/96 is how a network without IPv4 reaches a public IPv4 address, so that form is for everybody. RFC 6052 §3.1
 * forbids it for any other: what is not public as IPv4 stays shut.
 */
function classifyNat64({ value }: IpAddress): AddressClass {
  const embedded = classifyAddress({ family: 4, value: value & 0xffffffffn });
  if (embedded.tier === "public") return { tier: "public", reason: "public", opensWithin: undefined };
  return shut(`NAT64 of an address that is ${embedded.reason}`);
}

/** Interface id 0000:5efe or 0200:5efe and an IPv4 address, under any prefix (RFC 5214 §6.1). */
function isIsatap({ value }: IpAddress): boolean {
  return ((value >> 32n) & 0xfcffffffn) === 0x5efen;
}

function shut(reason: string): AddressClass {
  return { tier: "forbidden", reason, opensWithin: undefined };
}

function known(text: string): Cidr {
  const reading = parseCidr(text);
  if (reading.kind === "cidr") return reading.cidr;
  throw new Error(`${text} ${reading.message}`);
}
