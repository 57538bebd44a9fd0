import Fastify from "fastify";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.WEBHOOK_SECRET); // whsec_…
const inbox = new Map(); // yours: a table with webhook-id as its unique key
const newest = new Map(); // yours: a column beside each record

function work({ type, account, subject, sequence }) {
  const key = `${account}/${subject.type}/${subject.id}`;
  if (sequence < (newest.get(key) ?? 0)) return; // older than what you have
  newest.set(key, sequence);
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
