import { type Received, startHttp } from "./local-servers.ts";

/** What a subscriber answers: a status, with headers where they matter. */
export type Answer = number | { readonly status: number; readonly headers: Readonly<Record<string, string>> };

export interface Call {
  readonly eventId: string;
  /** This machine's clock, unix ms. */
  readonly at: number;
  readonly request: Received;
}

export interface Subscriber extends AsyncDisposable {
  readonly url: string;
  /** Every request, as it came in. */
  readonly calls: readonly Call[];
  /** Requests that wait for their answer, by the events they bring. */
  readonly open: ReadonlySet<string>;
  /** The most that ever waited at once. */
  readonly mostOpen: () => number;
  /** Event ids in the order of their calls. */
  ids(): string[];
}

/** A subscriber that answers as a test wants it to. Clocks that are moved on do not worry it: it verifies nothing. */
export async function startSubscriber(
  answer: (eventId: string, nth: number) => Answer | Promise<Answer> = () => 204,
): Promise<Subscriber> {
  const calls: Call[] = [];
  const open = new Set<string>();
  let mostOpen = 0;
  const server = await startHttp((request, response) => {
    const eventId = String(request.headers["webhook-id"]);
    calls.push({ eventId, at: Date.now(), request });
    open.add(eventId);
    mostOpen = Math.max(mostOpen, open.size);
    const respond = async (): Promise<void> => {
      const said = await answer(eventId, calls.filter((call) => call.eventId === eventId).length);
      const { status, headers } = typeof said === "number" ? { status: said, headers: {} } : said;
      open.delete(eventId);
      response.writeHead(status, headers).end();
    };
    void respond();
  });
  return {
    url: server.url,
    calls,
    open,
    mostOpen: () => mostOpen,
    ids: () => calls.map(({ eventId }) => eventId),
    [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
  };
}

/** Something that a test opens when it wants. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
