-- The same POST again and again, for wrk; ends with one line that a script can read:
-- RESULT requests duration_us p50_us failures
wrk.method = "POST"
wrk.body = os.getenv("BODY")
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = os.getenv("AUTHORIZATION")

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), e.connect + e.read + e.write + e.status + e.timeout))
end
