/** Where an account lives: part of its host name and of its keys. It may be moved, at the customer's request. */
export interface Shard {
  readonly name: string;
  readonly moveTo: (name: string) => void;
}

/** As the documentation has it, but anchored. */
const SHARD = /^[a-z]{2}\d{1,2}$/;
const FIRST_SHARD = "au1";

export function createShard(first: string): Shard {
  let name = first;
  return {
    get name() {
      return name;
    },
    moveTo: (next) => {
      if (!SHARD.test(next)) throw new RangeError(`a shard is two letters and a number, not ${next}`);
      name = next;
    },
  };
}

/** Is this account at home on that host? A stand-in address is anybody's home; without a shard, it is the first's. */
export function isAtHome(shard: Shard, host: string | undefined): boolean {
  const named = /^api(?:\.(\w+))?\.cliniko\.com(?::\d+)?$/i.exec(host ?? "");
  return named === null || (named[1] ?? FIRST_SHARD).toLowerCase() === shard.name;
}
