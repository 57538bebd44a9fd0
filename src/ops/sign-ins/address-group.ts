import { formatAddress, parseAddress } from "../../config/ip-address.ts";

const MAPPED_PREFIX = 0xffffn;

/**
 * Who is counted as one: an IPv4 address, or a network of 64 bits of IPv6, which is the least that one subscriber of a line
 * is given (RFC 6177). `::ffff:192.0.2.1` is the IPv4 address. What is no address stays as it is, up to 64 characters.
 */
export function addressGroup(ip: string): string {
  const address = parseAddress(ip.split("%")[0] ?? ip);
  if (!address) return ip.slice(0, 64);
  if (address.family === 4) return formatAddress(address);
  if (address.value >> 32n === MAPPED_PREFIX) {
    return formatAddress({ family: 4, value: address.value & 0xffffffffn });
  }
  return `${formatAddress({ family: 6, value: (address.value >> 64n) << 64n })}/64`;
}
