import { type PublicJwk, publicJwkOf, publicKeyOf } from "../../dispatch/signing/signing-keys.ts";
import { isLive } from "../../dispatch/signing/sign.ts";
import type { SigningKey } from "../../store/outbox/endpoint-store.ts";
import type { Base } from "../base.ts";

/** What each key is verified with; undefined for v1, where it is the secret itself. */
export function publicKeysOf(keys: readonly SigningKey[]): readonly (string | undefined)[] {
  return keys.map(publicKeyOf);
}

/** By which each key is found in the JSON Web Key Set; undefined for v1. */
export function keyIdsOf(keys: readonly SigningKey[]): readonly (string | undefined)[] {
  return keys.map((key) => publicJwkOf(key)?.kid);
}

/** What verifies signatures of v1a, of every endpoint that there is: those that sign now. By `kid`, which tells of no endpoint. */
export async function readPublicJwks({
  endpoints,
  now,
}: Pick<Base, "endpoints" | "now">): Promise<readonly PublicJwk[]> {
  const live = (await endpoints.list()).flatMap(({ signingKeys }) =>
    signingKeys.filter((key) => isLive(key, now())),
  );
  const found = new Map(live.flatMap((key) => publicJwkOf(key) ?? []).map((jwk) => [jwk.kid, jwk]));
  return [...found.values()].toSorted((one, other) => one.kid.localeCompare(other.kid));
}
