/** A unit test touches nothing: one that opens a socket or starts a program fails. Such tests stand in test/integration. */
import childProcess, { ChildProcess } from "node:child_process";
import { syncBuiltinESMExports } from "node:module";
import { Server, Socket } from "node:net";

function refuse(owner: object, names: readonly string[]): void {
  for (const name of names) {
    const value = (): never => {
      throw new Error(`a unit test called ${name}(): a test that does I/O belongs in test/integration`);
    };
    Object.defineProperty(owner, name, { value, configurable: true, writable: true });
  }
}

refuse(Socket.prototype, ["connect"]);
refuse(Server.prototype, ["listen"]);
refuse(ChildProcess.prototype, ["spawn"]);
refuse(childProcess, ["spawnSync", "execFileSync", "execSync"]);
syncBuiltinESMExports();
