import { networkInterfaces } from "node:os";

import type { Config } from "../../config/config.ts";
import { type IpAddress, parseAddress } from "../../config/ip-address.ts";
import { type RedisHost, type RedisLocation, parseRedisUrl } from "../../config/redis-url.ts";
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

/** @param redisNodes where its connections lead now, of which the URL tells only the first */
export function createOwnPlaces(
  { ops, redisUrl }: Pick<Config, "ops" | "redisUrl">,
  redisNodes: () => readonly RedisHost[] = () => [],
): OwnPlaces {
  const ports = new Set(ops.port === 0 ? [] : [ops.port]);
  const host = parseAddress(ops.host);
  const redis = redisUrl === undefined ? undefined : parseRedisUrl(redisUrl);
  const asked = redis?.kind === "location" ? hostsOf(redis.location) : [];

  const isRedis = (address: IpAddress, port: number, name: string | undefined): boolean =>
    [...asked, ...redisNodes()].some((one) => {
      if (port !== one.port) return false;
      if (name === one.host) return true;
      const at = parseAddress(one.host);
      // By a name it may be anywhere: nothing but Redis answers at its port on this machine.
      if (!at) return isOfThisMachine(address);
      return isLoopback(at) ? isOfThisMachine(address) : isSame(at, address);
    });
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

function hostsOf(location: RedisLocation): readonly RedisHost[] {
  switch (location.kind) {
    case "socket":
      return [];
    case "server":
      return [location];
    case "sentinel":
      return location.sentinels;
    case "cluster":
      return location.nodes;
  }
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
