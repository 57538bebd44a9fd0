import express from "express";
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
