import { type RemoteInfo, createSocket } from "node:dgram";
import { once } from "node:events";

import { parseAddress } from "../../src/config/ip-address.ts";

export interface DnsQuestion {
  readonly name: string;
  readonly type: "A" | "AAAA";
  /** How often this name was asked for this type before. */
  readonly times: number;
}

/** Addresses of the type that was asked for (none: the name exists without any), or what else a name server may do. */
export type DnsReply = readonly string[] | "NXDOMAIN" | "SERVFAIL" | "silence";

export interface DnsServer extends AsyncDisposable {
  /** `address:port`. */
  readonly address: string;
  readonly questions: readonly DnsQuestion[];
}

const TYPES = new Map([
  [1, "A"],
  [28, "AAAA"],
] as const);
const CODES = { NXDOMAIN: 3, SERVFAIL: 2 } as const;
/** Response, recursion desired and available. */
const FLAGS = 0x8180;
const HEADER_BYTES = 12;

/** A name server over UDP on a free port of 127.0.0.1 that answers as it is told, after a while where that is a promise. */
export async function startDnsServer(
  reply: (question: DnsQuestion) => DnsReply | Promise<DnsReply>,
): Promise<DnsServer> {
  const socket = createSocket("udp4");
  const questions: DnsQuestion[] = [];
  const answer = async (query: Buffer, from: RemoteInfo): Promise<void> => {
    const { name, type, end } = readQuestion(query);
    const times = questions.filter((asked) => asked.name === name && asked.type === type).length;
    const question = { name, type, times };
    questions.push(question);
    const given = await reply(question);
    if (given !== "silence")
      socket.send(writeReply(query.subarray(0, end), type, given), from.port, from.address);
  };
  socket.on("message", (query, from) => void answer(query, from));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    async [Symbol.asyncDispose]() {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
}

/** The first question of a query (RFC 1035 §4.1.2), and where it ends. */
function readQuestion(query: Buffer): { name: string; type: "A" | "AAAA"; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = TYPES.get(query.readUInt16BE(at + 1) as 1 | 28);
  if (!type) throw new Error("only A and AAAA are known here");
  return { name: labels.join(".").toLowerCase(), type, end: at + 5 };
}

function writeReply(question: Buffer, type: "A" | "AAAA", reply: Exclude<DnsReply, "silence">): Buffer {
  const addresses = typeof reply === "string" ? [] : reply;
  const header = Buffer.from(question.subarray(0, HEADER_BYTES));
  header.writeUInt16BE(FLAGS | (typeof reply === "string" ? CODES[reply] : 0), 2);
  [1, addresses.length, 0, 0].forEach((count, index) => header.writeUInt16BE(count, 4 + 2 * index));
  const records = addresses.map((text) => {
    const address = parseAddress(text);
    if (!address) throw new Error(`${text} is no address`);
    const bytes = Buffer.from(address.value.toString(16).padStart(type === "A" ? 8 : 32, "0"), "hex");
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc000 | HEADER_BYTES, 0); // the name of the question
    record.writeUInt16BE(type === "A" ? 1 : 28, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(3_600, 6); // long, so that whoever caches is caught
    record.writeUInt16BE(bytes.length, 10);
    return Buffer.concat([record, bytes]);
  });
  return Buffer.concat([header, question.subarray(HEADER_BYTES), ...records]);
}
