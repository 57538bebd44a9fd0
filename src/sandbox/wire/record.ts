/** One record as the API prints it. */
export type WireRecord = Readonly<Record<string, unknown>>;

/** Records handed out are frozen to the bottom: a ledger that can be edited from outside proves nothing. */
export function freezeDeep(value: WireRecord): WireRecord {
  for (const inner of Object.values(value)) freezeInner(inner);
  return Object.freeze(value);
}

function freezeInner(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.values(value).forEach(freezeInner);
  Object.freeze(value);
}

export function isObject(value: unknown): value is WireRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const SHARD_HOST = /^https:\/\/api\.\w+\.cliniko\.com(?=\/)/;

/** The same value, in whatever order its keys are; the shard in a link does not count. */
export function isSame(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left === "string" && typeof right === "string") {
    return left.startsWith("https:") && left.replace(SHARD_HOST, "") === right.replace(SHARD_HOST, "");
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((one, index) => isSame(one, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && isSame(left[key], right[key]))
  );
}
