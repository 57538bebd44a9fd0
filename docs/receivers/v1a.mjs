import { verifyWebhook } from "cliniko-webhooks/verify"; // or a copy of src/public/verify.ts: it imports nothing
import Fastify from "fastify";

const secrets = [process.env.WEBHOOK_PUBLIC_KEY]; // whpk_…; two while it is being changed
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
app.post("/webhooks", async ({ headers, body = "" }, reply) => {
  const seen = verifyWebhook({ secrets, headers, body, nowMs: Date.now() });
  if (seen.kind === "refused") return reply.code(401).send({ reason: seen.reason });
  const event = JSON.parse(body);
  if (!inbox.has(seen.id)) setImmediate(work, event); // after the answer
  inbox.set(seen.id, event);
  return reply.code(204).send();
});
console.log(await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT ?? 3000) }));
