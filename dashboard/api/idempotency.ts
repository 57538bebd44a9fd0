import { useRef } from "react";

/**
 * Headers of a request that makes something: the same for the same body, so that a double click, or another try after a
 * lost answer, makes one thing. A page that is opened anew is another wish.
 */
export function useIdempotency(): (body: unknown) => Readonly<Record<string, string>> {
  const keys = useRef(new Map<string, string>());
  return (body) => {
    const text = JSON.stringify(body);
    const key = keys.current.get(text) ?? newKey();
    keys.current.set(text, key);
    return { "idempotency-key": key };
  };
}

/** 128 bits. `crypto.randomUUID` is there over https and on this machine only; this is everywhere. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
