import { type IpAddress, formatAddress, parseAddress } from "./ip-address.ts";

/** A range of addresses: all that share the first `prefix` bits with `base`. */
export interface Cidr {
  readonly base: IpAddress;
  readonly prefix: number;
}

export type CidrReading =
  | { readonly kind: "cidr"; readonly cidr: Cidr }
  | { readonly kind: "invalid"; readonly message: string; readonly remedy: string };

const EXAMPLE = "write a network like 10.20.0.0/16 or fd12:3456::/32, or one address like 10.20.0.7";
const MAPPED_PREFIX = 0xffffn;

/** Reads `10.20.0.0/16`, `fd12:3456::/32`, or one address (the same as /32 or /128). */
export function parseCidr(text: string): CidrReading {
  const [addressText = "", prefixText, ...rest] = text.trim().split("/");
  const base = parseAddress(addressText);
  if (!base || rest.length > 0) return invalid("is not a network in CIDR form", EXAMPLE);
  const bits = bitsOf(base);
  const prefix = prefixText === undefined ? bits : Number(/^\d{1,3}$/.exec(prefixText)?.[0] ?? Number.NaN);
  if (!(prefix <= bits)) return invalid(`has a prefix that is not a number from 0 to ${bits}`, EXAMPLE);
  if (base.family === 6 && base.value >> 32n === MAPPED_PREFIX) {
    const plain = formatAddress({ family: 4, value: base.value & 0xffffffffn });
    return invalid("is an IPv4 address written as IPv6", `write it as IPv4: ${plain}`);
  }
  const shift = BigInt(bits - prefix);
  const first = (base.value >> shift) << shift;
  if (first === base.value) return { kind: "cidr", cidr: { base, prefix } };
  // Two different things may be meant: the whole network, or this one address.
  const network = formatCidr({ base: { ...base, value: first }, prefix });
  return invalid("has bits set behind its prefix", `write ${network} for the network, or the address alone`);
}

export function formatCidr({ base, prefix }: Cidr): string {
  return `${formatAddress(base)}/${prefix}`;
}

export function containsAddress(range: Cidr, address: IpAddress): boolean {
  if (range.base.family !== address.family) return false;
  const shift = BigInt(bitsOf(address) - range.prefix);
  return range.base.value >> shift === address.value >> shift;
}

/** Whether every address of `inner` is one of `outer`. */
export function isWithin(inner: Cidr, outer: Cidr): boolean {
  return inner.prefix >= outer.prefix && containsAddress(outer, inner.base);
}

function bitsOf({ family }: IpAddress): number {
  return family === 4 ? 32 : 128;
}

function invalid(message: string, remedy: string): CidrReading {
  return { kind: "invalid", message, remedy };
}
