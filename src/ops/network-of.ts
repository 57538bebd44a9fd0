import { type IpAddress, parseAddress } from "../config/ip-address.ts";

/** An address as a socket tells it: an IPv4 address that is written as IPv6 is one, and a zone does not belong to it. */
export function addressOf(text: string | undefined): IpAddress | undefined {
  const found = parseAddress((text ?? "").replace(/%.*$/, ""));
  if (found?.family !== 6 || found.value >> 32n !== 0xffffn) return found;
  return { family: 4, value: found.value & 0xffffffffn };
}

/** What counts as one caller's address: an IPv4 address, or the /64 of an IPv6 address, which is what one household is given. */
export function networkOf(text: string | undefined): string {
  const found = addressOf(text);
  if (!found) return "unknown";
  return found.family === 4 ? String(found.value) : `${found.value >> 64n}/64`;
}
