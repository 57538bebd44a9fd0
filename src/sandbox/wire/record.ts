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
