import { type Socket, connect } from "node:net";

/** A caller that sends requests and reads nothing of what is answered. */
export interface UnreadSocket extends Disposable {
  readonly socket: Socket;
  /** Sends as long as it is taken. */
  flood(bytes: string): void;
}

export function openUnread(url: string): UnreadSocket {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  // That it is ended is the purpose.
  socket.on("error", () => undefined);
  socket.pause();
  return {
    socket,
    flood(bytes) {
      const more = (): void => {
        while (!socket.destroyed && socket.write(bytes));
      };
      socket.on("drain", more);
      more();
    },
    [Symbol.dispose]() {
      socket.destroy();
    },
  };
}

export function requestLine(method: string, path: string, headers = ""): string {
  return `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${headers}\r\n`;
}
