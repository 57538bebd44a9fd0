require "sinatra"
require "standardwebhooks"

WEBHOOK = StandardWebhooks::Webhook.new(ENV.fetch("WEBHOOK_SECRET")) # whsec_…
INBOX = {} # yours: a table with webhook-id as its unique key
NEWEST = Hash.new([0, ""]) # yours: columns beside each record
TODO = Queue.new
SIGNED = %w[webhook-id webhook-timestamp webhook-signature].to_h { |name| [name, "HTTP_#{name.upcase.tr("-", "_")}"] }
set :lock, true # one request at a time, as long as INBOX is no table

Thread.new do
  while (event = TODO.pop)
    key = [event["account"], *event["subject"].values_at("type", "id")].join("/")
    sequence, at = event["sequence"], event["observed"]["at"]
    had_sequence, had_at = NEWEST[key]
    next if sequence < had_sequence && at <= had_at # older than what you have
    NEWEST[key] = [sequence, at]
    puts [event["type"], key, sequence].join(" ")
  end
end

post "/webhooks" do
  signed = SIGNED.transform_values { |name| request.env[name] }
  event = begin WEBHOOK.verify(request.body.read, signed) rescue halt(401) end # the bytes as they came
  TODO << event unless INBOX.key?(signed["webhook-id"]) # worked off after the answer
  INBOX[signed["webhook-id"]] = event
  204
end
