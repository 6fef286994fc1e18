#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
. checks/engine.sh
subject 'Images are brought from a registry by what they are, for calls and services'

if engine_lacks; then
  skip "$lacking"
  exit
fi
command -v docker-registry >/dev/null || { skip 'no docker-registry here' && exit; }
[[ -x /bin/busybox ]] || { skip 'no busybox to make images of' && exit; }
engine_start && engine_works || { skip "${lacking:-no Docker engine starts here}" && exit; }
export DOCKER_HOST=unix://$ENGINE_SOCKET
healthy() { [[ $(./grid status -o json | jq -r '.targets[] | select(.target | startswith("docker:")) | .status') == healthy ]]; }

# --- a registry, and an image that nothing but it has ------------------------------------------------------------------

mkdir "$tmp/tools"
cp "$(readlink -f /bin/busybox)" "$tmp/tools/busybox"
chmod 711 "$tmp/tools"
taken() { (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
registry=$((20000 + RANDOM % 10000))
while taken "$registry"; do registry=$((registry + 1)); done
cat >"$tmp/registry.yaml" <<YAML
version: 0.1
storage: {filesystem: {rootdirectory: $tmp/registry}}
http: {addr: "127.0.0.1:$registry"}
YAML
registry_start() {
  docker-registry serve "$tmp/registry.yaml" >>"$tmp/registry.log" 2>&1 &
  registry_pid=$!
  await curl -sf -o /dev/null "http://127.0.0.1:$registry/v2/"
}
registry_end() { kill "$registry_pid" && wait "$registry_pid" || :; }
holds 'a registry of our own starts' registry_start
trap 'registry_end 2>/dev/null; finish' EXIT
echo pulled >"$tmp/tools/note" # one that no agent has brought to the engine
drivers/tck/programs/image.sh "$tmp/pulled.tar" "$tmp/tools" /busybox sh -c
engine_post /images/load "@$tmp/pulled.tar" >/dev/null
id=sha256:$(tar -xOf "$tmp/pulled.tar" config.json | sha256sum | cut -c1-64)
repository=127.0.0.1:$registry/tools
engine_post "/images/$id/tag?repo=$repository&tag=one" '' >/dev/null
digest=$(curl -sS --unix-socket "$ENGINE_SOCKET" -X POST -H 'X-Registry-Auth: e30=' "http://engine/images/$repository/push?tag=one" |
  jq -r 'select(.aux.Digest) | .aux.Digest')
engine_delete "/images/$repository:one?force=true"
engine_delete "/images/$id?force=true"
equal 'the engine does not have the image any more' 404 \
  "$(curl -sS -o /dev/null -w '%{http_code}' --unix-socket "$ENGINE_SOCKET" "http://engine/images/$id/json")"

# --- calls -------------------------------------------------------------------------------------------------------------

function_of() { # name image
  printf 'parameters: {args: {type: array, items: {type: string}}}\nargv: ["${args}"]\nforms: [{image: "%s"}]\n' "$2" >"$tmp/$1.yaml"
  run ./grid function put "$tmp/$1.yaml" --name "$1"
}
say() { run ./grid call "$1" -p 'args=["echo here"]'; }
agent_start
await healthy
function_of loose "$repository:one"
equal 'an image that is not pinned is refused' 2 "$code"
contains 'and the way to pin it is told' "$repository@sha256:" "$err"
function_of pinned "$repository@$digest"
equal 'one that is named by its digest is put' 0 "$code"
registry_end
say pinned
equal 'without the registry nothing is promised' 125 "$code"
note "$(head -n 2 <<<"$err" | cut -c1-300)"
registry_start
say pinned
equal 'with it the image is pulled, and runs' '0 here' "$code $out"
registry_end
run ./grid call pinned -p 'args=["echo again"]'
equal 'and is there from then on' '0 again' "$code $out"
registry_start
function_of absent "$repository@sha256:$(printf '%064d' 1)"
say absent
equal 'one that the registry does not have is not promised' 125 "$code"
function_of foreign "$repository@$digest linux/riscv64"
say foreign
equal 'nor one for another platform' 125 "$code"
contains 'with the reason' riscv64 "$err"
function_of other "$repository@$digest linux/$([[ $(uname -m) == x86_64 ]] && echo amd64 || echo arm64)"
say other
equal 'the same image on the same platform is the same function' "0 here" "$code $out"

# --- services ----------------------------------------------------------------------------------------------------------

engine_forgets() { # everything that names the image
  engine_get "/images/$id/json" | jq -r '.RepoTags[]?, .RepoDigests[]?' | while read -r name; do engine_delete "/images/$name?force=true"; done
}
lists() { ./grid ps "$1" -o json | jq -r "$2"; } # service filter
run ./grid service start kept --image "$repository:one" -- 'sleep 1000'
equal 'a service of an image that is not pinned is refused' 2 "$code"
contains 'and the way to pin it is told' "$repository@sha256:" "$err"
engine_forgets
agent_stop
agent_start
await healthy
registry_end
run ./grid service start kept --image "$repository@$digest" --wait 5s -- 'echo began; sleep 1000'
without() { [[ $(lists kept '.services[0] | "\(.state) \(.why)"') == "pending pulling $repository"* ]]; }
holds 'without the registry a service of a pinned image waits, and the reason is told' await without
note "$(lists kept '.services[0].why' | cut -c1-300)"
registry_start
kept_runs() { [[ $(lists kept '.services[0].state') == running ]]; }
holds 'with it, it runs' await kept_runs
holds 'having been tried a few times, and not all the time' test "$(lists kept '.services[0].replicas[0].generation')" -lt 10
equal 'from what the registry has' began "$(./grid logs kept)"
run ./grid service rm kept
printf 'services: {kept: {image: "%s", command: ["echo filed; sleep 1000"]}}\n' "$repository@$digest" >"$tmp/kept.yaml"
run ./grid service start "$tmp/kept.yaml" --wait 60s
equal 'so does one in a file' '0 filed' "$code $(./grid logs kept)"
run ./grid service rm kept
agent_stop

# --- what goes ---------------------------------------------------------------------------------------------------------

engine_forgets
AGENT_JAVA_OPTS='-Dgrid.drivers.docker.images=0s -Dgrid.drivers.docker.warm=0' agent_start
await healthy
on_engine() { curl -sS -o /dev/null -w '%{http_code}' --unix-socket "$ENGINE_SOCKET" "http://engine/images/$id/json"; }
brought() { ./grid df -o json | jq -r ".images[] | \"\(.images) \(.collectable.images)\""; }
unused() { [[ $(brought) == "$1" ]]; }
before=$(brought)
before=${before% *}
function_of pinned "$repository@$digest"
say pinned
equal 'an image is pulled' '0 here' "$code $out"
equal 'and known by one name, of this node' '1 0' \
  "$(engine_get "/images/$id/json" | jq -r '"\([.RepoTags[] | select(test("^grid/[0-9a-f]+/brought:"))] | length) \(.RepoDigests | length)"')"
holds 'the agent tells that it is there, and that nobody needs it' await unused "$((before + 1)) $((before + 1))"
note "$(./grid df | grep images)"
bytes=$(./grid gc --dry-run -o json | jq "[.images[] | select(.bytes > 0)] | length")
equal 'and so does a collection that only tells' "$((before + 1))" "$bytes"
run ./grid service start held --image "$repository@$digest" --wait 60s -- 'sleep 1000'
run ./grid gc
equal 'what a service runs of stays' '0 200' "$code $(on_engine)"
./grid service stop held >/dev/null
run ./grid gc
equal 'also when that is stopped' '0 200' "$code $(on_engine)"
./grid service rm held >/dev/null
engine_post "/images/$id/tag?repo=somebodys&tag=own" '' >/dev/null
run ./grid gc
equal 'what somebody has given another name stays' '0 200' "$code $(on_engine)"
engine_delete /images/somebodys:own
gone() { ./grid gc >"$tmp/gone" && [[ $(on_engine) == 404 ]]; }
holds 'what nobody needs goes' await gone
contains 'which is told' image "$(<"$tmp/gone")"
say pinned
equal 'and is pulled again when it is called for' '0 here 200' "$code $out $(on_engine)"

# --- how far, and how it fails -----------------------------------------------------------------------------------------

told() { ./grid events -o json | grep -c "$1" || :; }
tells() { (($(told "$1") > 0)); }
holds 'how far a pull is, is told' await tells '1 of 1 layers, [1-9][0-9]* of [1-9][0-9]* bytes'
note "$(./grid events -o json | grep -o 'pulling [^"]*1 of 1 layers[^"]*' | head -n 1 | cut -c1-200)"
holds 'and not more often than there is something to tell' test "$(told ' of 1 layers')" -le 24
holds 'so is what went' await tells 'which nobody uses'
holds 'it goes again' await gone
layer=$(jq -r '.layers[0].digest' <(curl -sSf -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' "http://127.0.0.1:$registry/v2/tools/manifests/$digest"))
layer=$tmp/registry/docker/registry/v2/blobs/sha256/${layer:7:2}/${layer#sha256:}/data
cp "$layer" "$tmp/layer"
printf 'not what it was' | dd of="$layer" bs=1 seek=2000 conv=notrunc status=none
say pinned
equal 'what is damaged on its way is not run' 125 "$code"
contains 'and the engine says why' 'verification failed' "$err"
cp "$tmp/layer" "$layer"
kill -STOP "$registry_pid"
began=$SECONDS
run ./grid call pinned --within 3s -p 'args=["echo late"]'
differ 'a registry that says nothing is waited for as long as the caller waits' 0 "$code"
note "$code $(head -n 2 <<<"$err" | cut -c1-300)"
holds 'and no longer' test $((SECONDS - began)) -lt 60
pulling() { "$JAVA_HOME/bin/jcmd" "$AGENT_PID" Thread.dump_to_file -overwrite "$tmp/stacks" >/dev/null && grep -q 'docker pulling' "$tmp/stacks"; }
ended() { ! pulling; }
holds 'nor does the agent wait for it then' await ended
kill -CONT "$registry_pid"
say pinned
equal 'once it speaks again the image is pulled' '0 here' "$code $out"
agent_stop

# --- an image for several platforms ------------------------------------------------------------------------------------

agent_start
await healthy
api=http://127.0.0.1:$registry/v2/tools
manifest=application/vnd.docker.distribution.manifest.v2+json
platform() { [[ $1 == "$(uname -m)" ]] && echo "$2" || echo "$3"; }
ours=$(platform x86_64 amd64 arm64)
theirs=$(platform x86_64 arm64 amd64)
sum() { echo "sha256:$(sha256sum "$1" | cut -c1-64)"; }
blob() { # file: put as it is
  local at
  at=$(curl -sS -o /dev/null -D - -X POST "$api/blobs/uploads/" | tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
  curl -sSf -o /dev/null -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$1" "$at&digest=$(sum "$1")"
}
manifested() { curl -sSf -o /dev/null -X PUT -H "Content-Type: $2" --data-binary "@$1" "$api/manifests/$(sum "$1")"; } # file type
entry() { jq -n --arg type "$manifest" --arg digest "$(sum "$1")" --argjson size "$(stat -c %s "$1")" --arg arch "$2" \
  '{mediaType: $type, digest: $digest, size: $size, platform: {os: "linux", architecture: $arch}}'; } # file architecture
curl -sSf -H "Accept: $manifest" -o "$tmp/ours.json" "$api/manifests/$digest"
tar -xOf "$tmp/pulled.tar" config.json |
  jq -c --arg arch "$theirs" '.architecture = $arch | .config.Entrypoint = ["/busybox", "echo", "of theirs"]' >"$tmp/theirs-config.json"
blob "$tmp/theirs-config.json"
jq -c --arg digest "$(sum "$tmp/theirs-config.json")" --argjson size "$(stat -c %s "$tmp/theirs-config.json")" \
  '.config.digest = $digest | .config.size = $size' "$tmp/ours.json" >"$tmp/theirs.json"
manifested "$tmp/theirs.json" "$manifest"
jq -c -s '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: .}' \
  <(entry "$tmp/theirs.json" "$theirs") <(entry "$tmp/ours.json" "$ours") >"$tmp/index.json"
holds 'an index of images for two platforms is put' manifested "$tmp/index.json" application/vnd.oci.image.index.v1+json
engine_forgets
function_of several "$repository@$(sum "$tmp/index.json") linux/$ours"
say several
equal "of an index the image for the engine's platform is run" '0 here' "$code $out"
function_of beside "$repository@$(sum "$tmp/index.json") linux/$theirs"
say beside
equal 'and the one for another is not' 125 "$code"
contains 'with the reason' "linux/$theirs" "$err"
agent_stop

# --- a registry that wants to know who asks ----------------------------------------------------------------------------

password="no-one-$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')-sees-this"
perl -e 'print "ada:", crypt($ARGV[0], q($2y$05$) . "abcdefghijklmnopqrstuu"), "\n"' "$password" >"$tmp/users"
shut=$((registry + 1))
while taken "$shut"; do shut=$((shut + 1)); done
sed -e "s|:$registry|:$shut|" -e "s|$tmp/registry}|$tmp/shut}|" "$tmp/registry.yaml" >"$tmp/shut.yaml"
echo "auth: {htpasswd: {realm: tools, path: $tmp/users}}" >>"$tmp/shut.yaml"
registry_end
docker-registry serve "$tmp/shut.yaml" >>"$tmp/shut.log" 2>&1 &
registry_pid=$!
login=$(printf '{"username": "ada", "password": "%s"}' "$password" | base64 -w0 | tr '+/' '-_')
asks() { [[ $(curl -s -o /dev/null -w '%{http_code}' "$@" "http://127.0.0.1:$shut/v2/") == 401 ]]; }
holds 'one that gives nothing to strangers starts' await asks
engine_post /images/load "@$tmp/pulled.tar" >/dev/null
shut=127.0.0.1:$shut/tools
engine_post "/images/$id/tag?repo=$shut&tag=one" '' >/dev/null
digest=$(curl -sS --unix-socket "$ENGINE_SOCKET" -X POST -H "X-Registry-Auth: $login" "http://engine/images/$shut/push?tag=one" |
  jq -r 'select(.aux.Digest) | .aux.Digest')
engine_forgets
engine_delete "/images/$id?force=true"

AGENT_JAVA_OPTS='-Dquarkus.log.level=DEBUG' agent_start
await healthy
function_of shut "$shut@$digest"
secret=registry-$(tr : _ <<<"${shut%/tools}")
put() { printf '%s\n' "$2" | ./grid secret put "$1" 2>/dev/null; } # name secret
say shut
equal 'without credentials it gives nothing' 125 "$code"
contains 'and the way to have some is told' "grid secret put $secret" "$err"
put "${secret%_*}" "ada:$password"
say shut
equal 'those for the same host without its port are not shown to it' 125 "$code"
put "$secret" 'ada:wrong'
say shut
equal 'wrong ones are refused' 125 "$code"
contains 'and named' "was asked with the secret $secret" "$err"
put "$secret" "$password"
say shut
equal 'so is what is none' 125 "$code"
contains 'which is told' "isn't USER:PASSWORD" "$err"
put "$secret" "ada:$password"
say shut
equal 'with the right ones the image is pulled, and runs' '0 here' "$code $out"
run ./grid service start shut --image "$shut@$digest" --wait 60s -- 'echo served; sleep 1000'
equal 'a service, too' '0 served' "$code $(./grid logs shut)"
./grid service rm shut >/dev/null
./grid events -o json >"$GRID_HOME/events.json"
./grid secret ls >"$GRID_HOME/secrets.txt"
contains 'its log says much' DEBUG "$(grep -m 1 -o DEBUG "$GRID_HOME.log")"
equal 'the password stands nowhere in the home, what the agent says or its log' '' \
  "$(grep -rlaF -e "$password" -e "$login" -e "$(printf '%s' "ada:$password" | base64 -w0)" "$GRID_HOME" "$GRID_HOME.log" || :)"
agent_stop
