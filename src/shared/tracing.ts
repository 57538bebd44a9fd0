import { type Attributes, type Span, SpanStatusCode, isSpanContextValid, trace } from "@opentelemetry/api";

/**
 * Does the work within a span of its own. Where nobody has set up tracing (an SDK of OpenTelemetry, loaded before us), there is
 * none and nothing is told. Attributes carry ids, counts and host names only, as logs do.
 */
export async function traced<Result>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  return await trace.getTracer("cliniko-webhooks").startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      spanFailed(span, error instanceof Error ? error.name : "unknown");
      throw error;
    } finally {
      span.end();
    }
  });
}

/** @param what one word: an error's message may carry more than ids */
export function spanFailed(span: Span, what: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: what });
}

/** As the header of that name tells others which span they belong to (W3C Trace Context); undefined: nobody traces. */
export function traceparentOf(span: Span): string | undefined {
  const context = span.spanContext();
  if (!isSpanContextValid(context)) return undefined;
  return `00-${context.traceId}-${context.spanId}-${context.traceFlags.toString(16).padStart(2, "0")}`;
}
