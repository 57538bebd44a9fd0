using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

var key = Convert.FromBase64String(Environment.GetEnvironmentVariable("WEBHOOK_SECRET")!["whsec_".Length..]);
if (key.Length < 24) throw new InvalidOperationException("WEBHOOK_SECRET is too short");
var inbox = new ConcurrentDictionary<string, byte[]>(); // yours: a table with webhook-id as its unique key
var newest = new Dictionary<string, (long Sequence, string At)>(); // yours: columns beside each record
var app = WebApplication.Create(args);
app.MapPost("/webhooks", async (HttpRequest request) =>
{
    using var memory = new MemoryStream();
    await request.Body.CopyToAsync(memory); // the bytes as they came
    var (body, headers) = (memory.ToArray(), request.Headers);
    var (id, sent) = (headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString());
    var content = Encoding.UTF8.GetBytes($"{id}.{sent}.").Concat(body).ToArray();
    var expected = Encoding.ASCII.GetBytes("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, content)));
    var fits = headers["webhook-signature"].ToString().Split(' ')
        .Any(given => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(given), expected));
    var inTime = long.TryParse(sent, out var at) && DateTimeOffset.UtcNow.ToUnixTimeSeconds() - at is >= -300 and <= 300;
    if (!fits || !inTime) return Results.Unauthorized();
    if (inbox.TryAdd(id, body)) _ = Task.Run(() => Work(JsonDocument.Parse(body).RootElement)); // after the answer
    return Results.NoContent();
});
app.Run();

void Work(JsonElement e)
{
    var record = $"{e.GetProperty("account")}/{e.GetProperty("subject")}";
    var sequence = e.GetProperty("sequence").GetInt64();
    var at = e.GetProperty("observed").GetProperty("at").GetString() ?? "";
    lock (newest)
    {
        var (hadSequence, hadAt) = newest.GetValueOrDefault(record, (0L, ""));
        if (sequence < hadSequence && string.CompareOrdinal(at, hadAt) <= 0) return; // older than what you have
        newest[record] = (sequence, at);
    }
    Console.WriteLine($"{e.GetProperty("type")} {record} {sequence}");
}
