import os, queue, threading
from flask import Flask, request
from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["WEBHOOK_SECRET"])  # whsec_…
inbox = {}  # yours: a table with webhook-id as its unique key
newest = {}  # yours: columns beside each record
todo = queue.Queue()

def work():
    for event in iter(todo.get, None):
        key = "/".join([event["account"], event["subject"]["type"], event["subject"]["id"]])
        sequence, at = event["sequence"], event["observed"]["at"]
        had = newest.get(key, (0, ""))
        if sequence >= had[0] or at > had[1]:  # otherwise it is older than what you have
            newest[key] = (sequence, at)
            print(event["type"], key, sequence)

threading.Thread(target=work, daemon=True).start()
app = Flask(__name__)

@app.post("/webhooks")
def receive():
    try:
        event = webhook.verify(request.get_data(), dict(request.headers))  # the bytes as they came
    except (WebhookVerificationError, ValueError):  # ValueError: a header or body that cannot be read at all
        return "", 401
    if inbox.setdefault(request.headers["webhook-id"], event) is event:
        todo.put(event)  # worked off after the answer
    return "", 204
