import Fastify from "fastify";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.WEBHOOK_SECRET); // whsec_…
const inbox = new Map(); // yours: a table with webhook-id as its unique key
const newest = new Map(); // yours: columns beside each record

function work({ type, account, subject, sequence, observed }) {
  const key = `${account}/${subject.type}/${subject.id}`;
  const had = newest.get(key);
  if (had && sequence < had.sequence && observed.at <= had.at) return; // older than what you have
  newest.set(key, { sequence, at: observed.at });
  console.log(type, key, sequence);
}

const app = Fastify();
app.addContentTypeParser("application/json", { parseAs: "buffer" }, async (_request, body) => body);
app.post("/webhooks", async ({ headers, body }, reply) => {
  let event;
  try {
    event = webhook.verify(body, headers); // the bytes as they came
  } catch {
    return reply.code(401).send();
  }
  if (!inbox.has(headers["webhook-id"])) setImmediate(work, event); // after the answer
  inbox.set(headers["webhook-id"], event);
  return reply.code(204).send();
});
console.log(await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT ?? 3000) }));
