import express from "express";
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

const app = express(); // an express.json() for your other routes comes after this one
const raw = express.raw({ type: "application/json", limit: "1mb" });
app.post("/webhooks", raw, ({ headers, body }, response) => {
  let event;
  try {
    event = webhook.verify(body, headers); // the bytes as they came
  } catch {
    return response.sendStatus(401);
  }
  if (!inbox.has(headers["webhook-id"])) setImmediate(work, event); // after the answer
  inbox.set(headers["webhook-id"], event);
  return response.sendStatus(204);
});
const server = app.listen(process.env.PORT ?? 3000, "127.0.0.1", () => console.log(server.address()));
