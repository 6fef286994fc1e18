#!/usr/bin/env bash
# Listening beyond this host: never without TLS; with a certificate of the agent's own, which is renewed while it runs.
# Options that are wrong; what the log tells.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
subject 'the network gets TLS or nothing; options are checked; the log names calls and tells nothing of them'

export GRID_HOME=$tmp/home
mkdir -m 700 "$GRID_HOME"

# Options

printf 'grid.http.host = 0.0.0.0\n' >"$GRID_HOME/agent.properties"
run ./grid config check
equal 'no certificate, no network: exit' 1 "$code"
contains 'which names what makes one' 'grid cert' "$out"
printf 'grid.http.host = 0.0.0.0\n\ngrid.http.prot = 1\ngrid.agent.drain = soon\n' >"$GRID_HOME/agent.properties"
run ./grid config check
equal 'wrong options: exit' 1 "$code"
contains 'an unknown one is named with its line' 'agent.properties, line 3: grid.http.prot' "$out"
contains 'and one without sense' 'agent.properties, line 4: grid.agent.drain' "$out"
run env GRID_HTTP_PORT=0 "$JAVA_HOME/bin/java" -jar agent/server/target/quarkus-app/quarkus-run.jar
equal 'the agent does not start on them, and would not a second time' 78 "$code"
contains 'and names them too' 'line 3: grid.http.prot' "$out$err"

# A certificate

printf 'grid.http.host = 0.0.0.0\ngrid.tls.reload = 1s\ngrid.log.format = json\n' >"$GRID_HOME/agent.properties"
run ./grid cert -o json grid.example
equal 'a certificate is made' 0 "$code"
first=$(jq -r .fingerprint <<<"$out")
equal 'its key is for the owner alone' 600 "$(stat -c %a "$GRID_HOME/tls/key.pem")"
run ./grid config check
equal 'then nothing is wrong' 0 "$code"

# The folder that it is started in may be anybody's: nothing that lies there is an option.
mkdir -p "$tmp/hostile/config"
printf 'GRID_DRIVERS_WASM_ENABLED=false\nGRID_LOG_FORMAT=text\nQUARKUS_LOG_CONSOLE_JSON_ENABLED=false\n' >"$tmp/hostile/.env"
printf 'grid.drivers.wasm.enabled=false\nquarkus.log.console.format=HOSTILE %%m%%n\nquarkus.http.header."X-Hostile".value=yes\n' |
  tee "$tmp/hostile/application.properties" "$tmp/hostile/agent.properties" >"$tmp/hostile/config/application.properties"

GRID_URL= AGENT_HOME=$GRID_HOME
(cd "$tmp/hostile" && GRID_HTTP_PORT=0 exec "$JAVA_HOME/bin/java" "@$root/agent/server/src/main/jvm/agent.options" \
  -jar "$root/agent/server/target/quarkus-app/quarkus-run.jar" >"$tmp/log" 2>&1) &
AGENT_PID=$!
agents+=("$AGENT_PID")
holds 'the agent starts' await test -e "$GRID_HOME/agent.json"
url=$(jq -r .url "$GRID_HOME/agent.json")
contains 'it listens by TLS' 'https://' "$url"
port=${url##*:}
# Somebody who connects and says nothing; asked for below.
(
  began=$SECONDS left=0
  timeout 300 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1"; cat <&3 >/dev/null' _ "$port" || left=$?
  echo "$left $((SECONDS > began))" >"$tmp/silent"
) &
silent=$!
token=$(./grid token issue --bearer --until 1h --may agent.status,content.put)
tls() { curl -s -o "$tmp/body" -w '%{http_code}' --cacert "$GRID_HOME/tls/cert.pem" -H "Authorization: Bearer $token" "$@" || echo "curl $?"; }
# As anywhere, it is asked once it is ready.
holds 'it becomes ready' await curl -sf -o /dev/null --cacert "$GRID_HOME/tls/cert.pem" "https://localhost:$port/q/health/ready"
equal 'who has the certificate gets in' 200 "$(tls -D "$tmp/head" "https://localhost:$port/status")"
contains 'options in the folder that it was started in turn no driver off' wasm "$(jq -r '.targets[].target' "$tmp/body")"
lacks 'and change no answer' X-Hostile "$(<"$tmp/head")"
equal 'by the name it was made for' 200 "$(tls --resolve "grid.example:$port:127.0.0.1" -H "Host: localhost" "https://grid.example:$port/status")"
equal 'but a name that the agent is not told of is turned away' 421 "$(tls --resolve "grid.example:$port:127.0.0.1" "https://grid.example:$port/status")"
run curl -s -o /dev/null "https://localhost:$port/status"
differ 'who has not does not trust it' 0 "$code"
run ./grid status --on "https://localhost:$port" --cacert "$GRID_HOME/tls/cert.pem"
equal 'the command trusts what it is given' 0 "$code"
run env GRID_CACERT="$GRID_HOME/tls/cert.pem" ./grid status --on "https://127.0.0.2:$port"
equal 'but for no name that is not in it' 125 "$code"
contains 'which it says' "isn't trusted" "$err"
run ./grid status --on "https://localhost:$port"
equal 'and by itself it does not' 125 "$code"
contains 'but says what would help' --cacert "$err"
run curl -s -o /dev/null -w '%{http_code}' --max-time 10 "http://localhost:$port/status"
differ 'and there is no way in without TLS' 200 "$out"
address=$(hostname -I 2>/dev/null | tr ' ' '\n' | grep -m1 '\.' || :)
if [[ -n $address ]]; then
  equal 'the address it came to is its name' 200 "$(curl -sk -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" "https://$address:$port/status")"
else
  skip 'no address but loopback here'
fi

run ./grid cert -o json
second=$(jq -r .fingerprint <<<"$out")
differ 'another certificate' "$first" "$second"
shown() { openssl s_client -connect "localhost:$port" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256 2>/dev/null | sed 's/.*=/sha256:/'; }
if command -v openssl >/dev/null; then
  for ((i = 0; i < 100; i++)); do
    [[ $(shown) != "$second" ]] || break
    sleep 0.2
  done
  equal 'is taken up by the agent that runs' "$second" "$(shown)"
else
  skip 'openssl shows which certificate is served; it is not here'
fi

wait "$silent" || :
equal 'who sends no head is let go, and not at once' '0 1' "$(<"$tmp/silent")"

# The log

run ./grid function put --name text/words examples/wordcount.wasm
secret=s3cret-input-of-nobody
run ./grid call text/words --input - -o json <<<"$secret"
equal 'a function is called' 0 "$code"
call=$(jq -r '.call["/"] // empty' <<<"$out")
agent_stop
holds 'every line of the log is JSON' jq -es . "$tmp/log"
contains 'a call is in it, by its name' "call bafk" "$(jq -r 'select(.loggerName == "org.promisegrid.calls") | .message' "$tmp/log")"
differ 'it has a name' '' "$call"
contains 'this one' "${call:-the name of a call}" "$(<"$tmp/log")"
lacks 'in its own format, whatever lies about' HOSTILE "$(<"$tmp/log")"
lacks 'not by what it read' "$secret" "$(<"$tmp/log")"
lacks 'nor by its token' "$token" "$(<"$tmp/log")"

# Limits, and the end

GRID_LIMITS_RATE=1 agent_start
run curl -s -o /dev/null -w '%{http_code} ' "$GRID_URL/q/health/live" -o /dev/null "$GRID_URL/q/health/live" -o /dev/null "$GRID_URL/q/health/live" \
  -o /dev/null "$GRID_URL/q/health/live" -o /dev/null "$GRID_URL/q/health/live"
contains 'who asks too often by one connection is told so' 429 "$out"
agent_stop

GRID_AGENT_DRAIN=5m agent_start
run ./grid function put --name text/words examples/wordcount.wasm
token=$(./grid token issue --bearer --until 1h --function text/words)
./grid call ./examples/spin.wasm --limit time=30s >"$tmp/spun" 2>&1 &
spinning=$!
runs() { [[ $(./grid status -o json | jq .calls.running) == 1 ]]; }
holds 'a call runs' await runs
kill "$AGENT_PID"
unready() { [[ $(curl -s -o /dev/null -w '%{http_code}' "$GRID_URL/q/health/ready") == 503 ]]; }
holds 'an agent that ends is not ready any more' await unready
run curl -s -w '%{http_code}' -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
  -d '{"function": "text/words", "input": "one two"}' "$GRID_URL/calls"
contains 'begins nothing more' 503 "$out"
contains 'and says why' ending "$out"
code=0
wait "$spinning" || code=$?
equal 'and lets what runs come to its own end' 124 "$code"
agent_stop
