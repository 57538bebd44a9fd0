import { useSearchParams } from "wouter";

export interface Filters {
  /** Empty: not set. */
  get(name: string): string;
  /** Kept in the address, so that what is on the screen can be sent to somebody, and the way back leads back. */
  set(changes: Readonly<Record<string, string>>): void;
}

/** What a list is narrowed to. */
export function useFilters(): Filters {
  const [params, setParams] = useSearchParams();
  return {
    get: (name) => params.get(name) ?? "",
    set: (changes) => {
      setParams(
        (former) => {
          const next = new URLSearchParams(former);
          for (const [name, value] of Object.entries(changes)) {
            if (value === "") next.delete(name);
            else next.set(name, value);
          }
          return next;
        },
        { replace: true },
      );
    },
  };
}
