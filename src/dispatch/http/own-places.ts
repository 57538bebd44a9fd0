import { networkInterfaces } from "node:os";

import type { Config } from "../../config/config.ts";
import { type IpAddress, parseAddress } from "../../config/ip-address.ts";
import { parseRedisUrl } from "../../config/redis-url.ts";
import { embeddedV4, isLoopback } from "./address-verdict.ts";

/**
 * Where this service itself listens, and its Redis: no callback goes there, whatever ranges are opened. It would speak to us
 * from within, past the proxy and its rules.
 */
export interface OwnPlaces {
  /** `name`: the host as the URL has it. @returns what is there; undefined: nothing of ours */
  find(address: IpAddress, port: number, name?: string): "the service" | "its Redis" | undefined;
  /** The port that the server was given, where it asked for any. */
  listens(port: number): void;
}

export function createOwnPlaces({ ops, redisUrl }: Pick<Config, "ops" | "redisUrl">): OwnPlaces {
  const ports = new Set(ops.port === 0 ? [] : [ops.port]);
  const host = parseAddress(ops.host);
  const redis = redisUrl === undefined ? undefined : parseRedisUrl(redisUrl);
  const at = redis?.kind === "location" ? redis.location : undefined;
  const redisAddress = at?.host === undefined ? undefined : parseAddress(at.host);

  const isRedis = (address: IpAddress, port: number, name: string | undefined): boolean => {
    if (at?.host === undefined || port !== at.port) return false;
    if (name === at.host) return true;
    // By a name it may be anywhere: nothing but Redis answers at its port on this machine.
    if (!redisAddress) return isOfThisMachine(address);
    return isLoopback(redisAddress) ? isOfThisMachine(address) : isSame(redisAddress, address);
  };
  return {
    find(given, port, name) {
      const address = embeddedV4(given) ?? given;
      const isOurs = (host && isSame(host, address)) || isOfThisMachine(address);
      if (ports.has(port) && isOurs) return "the service";
      return isRedis(address, port, name) ? "its Redis" : undefined;
    },
    listens(port) {
      ports.add(port);
    },
  };
}

/** Asked each time: addresses come and go. */
function isOfThisMachine(address: IpAddress): boolean {
  if (isLoopback(address) || address.value === 0n) return true;
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .some(({ address: text }) => {
      const own = parseAddress(text.replace(/%.*$/, ""));
      return own !== undefined && isSame(own, address);
    });
}

function isSame(left: IpAddress, right: IpAddress): boolean {
  return left.family === right.family && left.value === right.value;
}
