/** A resource of an account, which is read. */
export interface Target {
  readonly account: string;
  readonly resource: string;
}

/** What is kept of each resource of each account, of which there may be tens of thousands: no name is made up for each of them. */
export interface TargetMap<Kept> {
  get(target: Target): Kept | undefined;
  set(target: Target, kept: Kept): void;
  delete(target: Target): void;
  entries(): Iterable<readonly [target: Target, kept: Kept]>;
}

export function createTargetMap<Kept>(): TargetMap<Kept> {
  const accounts = new Map<string, Map<string, Kept>>();
  return {
    get: ({ account, resource }) => accounts.get(account)?.get(resource),
    set({ account, resource }, kept) {
      const resources = accounts.get(account) ?? new Map<string, Kept>();
      if (resources.size === 0) accounts.set(account, resources);
      resources.set(resource, kept);
    },
    delete({ account, resource }) {
      accounts.get(account)?.delete(resource);
    },
    *entries() {
      for (const [account, resources] of accounts)
        for (const [resource, kept] of resources) yield [{ account, resource }, kept];
    },
  };
}
