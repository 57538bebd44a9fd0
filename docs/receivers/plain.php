<?php
$secret = substr((string) getenv('WEBHOOK_SECRET'), strlen('whsec_'));
$key = base64_decode($secret) ?: throw new RuntimeException('WEBHOOK_SECRET is not set');
$body = file_get_contents('php://input'); // the bytes as they came
$id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
$sent = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
$given = explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '');
$expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$sent.$body", $key, true));
$fits = array_filter($given, fn ($signature) => hash_equals($expected, $signature));
if ($fits === [] || abs(time() - (int) $sent) > 300) {
    http_response_code(401);
    exit;
}
$db = new PDO(getenv('INBOX_DSN')); // tables: inbox (id PRIMARY KEY, body), newest (subject PRIMARY KEY, sequence, at)
$inbox = $db->prepare('INSERT INTO inbox (id, body) VALUES (?, ?) ON CONFLICT DO NOTHING');
$inbox->execute([$id, $body]);
http_response_code(204);
if ($inbox->rowCount() === 0) exit; // a duplicate
if (function_exists('fastcgi_finish_request')) fastcgi_finish_request(); // answered: what follows is the work
$event = json_decode($body, true);
$subject = "{$event['account']}/{$event['subject']['type']}/{$event['subject']['id']}";
$newest = $db->prepare('INSERT INTO newest (subject, sequence, at) VALUES (?, ?, ?) ON CONFLICT (subject)
    DO UPDATE SET sequence = excluded.sequence, at = excluded.at
    WHERE excluded.sequence >= newest.sequence OR excluded.at > newest.at');
$newest->execute([$subject, $event['sequence'], $event['observed']['at']]);
if ($newest->rowCount() === 0) exit; // older than what you have
error_log("{$event['type']} $subject {$event['sequence']}");
