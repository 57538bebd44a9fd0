import { type IpAddress, formatAddress, parseAddress } from "../config/ip-address.ts";

const MAPPED_PREFIX = 0xffffn;

/** An address as a socket or a proxy tells it: an IPv4 address that is written as IPv6 is one, and a zone does not belong to it. */
export function addressOf(text: string | undefined): IpAddress | undefined {
  const found = parseAddress((text ?? "").replace(/%.*$/, ""));
  if (found?.family !== 6 || found.value >> 32n !== MAPPED_PREFIX) return found;
  return { family: 4, value: found.value & 0xffffffffn };
}

/**
 * Who is counted as one: an IPv4 address, or a network of 64 bits of IPv6, which is the least that one subscriber of a line
 * is given (RFC 6177). Whatever is no address is one together: what a proxy passes on unread must not make a place of its own.
 */
export function networkOf(text: string | undefined): string {
  const address = addressOf(text);
  if (!address) return "unknown";
  if (address.family === 4) return formatAddress(address);
  return `${formatAddress({ family: 6, value: (address.value >> 64n) << 64n })}/64`;
}
