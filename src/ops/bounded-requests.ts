import { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

/**
 * Requests of connections of which only so many are to be read. What comes in one piece Node makes requests of to its end, a thousand of
 * 64 kB, though the first of them ended the connection; one that says it leads to another protocol is where it stops. No such request is
 * given to anybody. @param isOneTooMany asked once for each, before it is read
 */
export function boundedRequests(isOneTooMany: (socket: Socket) => boolean): typeof IncomingMessage {
  return class extends IncomingMessage {
    constructor(socket: Socket) {
      super(socket);
      if (isOneTooMany(socket))
        Object.defineProperty(this, "upgrade", {
          get: () => true,
          set() {
            // Node writes what the head says.
          },
        });
    }
  };
}
