#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
. checks/engine.sh
subject 'Images are built from folders with a Dockerfile, once, and are content from then on'

if engine_lacks; then
  skip "$lacking"
  exit
fi
[[ -x /bin/busybox ]] || { skip 'no busybox to make images of' && exit; }
engine_start && engine_works || { skip "${lacking:-no Docker engine starts here}" && exit; }
export DOCKER_HOST=unix://$ENGINE_SOCKET GRID_DRIVERS_DOCKER_IMAGES=0s GRID_DRIVERS_DOCKER_WARM=0
healthy() { [[ $(./grid status -o json | jq -r '.targets[] | select(.target | startswith("docker:")) | .status') == healthy ]]; }
# All of them: what others are made of, too.
names() { engine_get '/images/json?all=1' | jq -r '.[] | .Id, .RepoTags[]?' | sort; }
as_before() { [[ $(names) == "$before" ]]; }
running() { engine_get /containers/json | jq length; }

folder=$tmp/tools
mkdir -p "$folder/bin" "$folder/notes"
cp "$(readlink -f /bin/busybox)" "$folder/bin/busybox"
echo 'as it is' >"$folder/notes/public"
echo 'for nobody' >"$folder/notes/private"
printf '# what stays here\nnotes/*\n!notes/public\n' >"$folder/.dockerignore"
cat >"$folder/Dockerfile" <<'DOCKER'
FROM scratch AS all
ARG word=none
COPY bin/busybox /bin/busybox
COPY notes /notes
RUN ["/bin/busybox", "sh", "-c", "echo made with $word >/made"]
ENTRYPOINT ["/bin/busybox", "sh", "-c"]
FROM all AS other
RUN ["/bin/busybox", "sh", "-c", "echo and more >>/made"]
DOCKER

# --- one ---------------------------------------------------------------------------------------------------------------

agent_start
await healthy
run ./grid -v image build "$folder" --argument word=love --stage all
equal 'an image is built' 0 "$code"
contains 'and what the engine says is shown to whoever asks' 'COPY notes' "$err"
image=$out
run ./grid image build "$folder" --argument word=love --stage all
equal 'the same folder is the same image' "0 $image" "$code $out"
run ./grid get "$image" --out "$tmp/image.tar"
contains 'it is an archive' manifest.json "$(tar -tf "$tmp/image.tar")"
say() { run ./grid call "$1" --place driver=docker --refresh -- "$2"; }
# What the function file builds, and nothing else, is its hash.
function_of() { # name, what stands at image
  printf 'parameters: {args: {type: array, items: {type: string}}}\nargv: ["${args}"]\nforms: [{image: %s}]\n' "$2" >"$tmp/$1.yaml"
  run ./grid function put "$tmp/$1.yaml" --name "$1"
}
function_of named "$image"
same=$out
function_of built "{build: {context: ./tools, stage: all, arguments: {word: love}}}"
equal 'a function file may have it built, and names the same' "0 $same" "$code $out"
run ./grid call built -p 'args=["cd /; /bin/busybox cat made notes/*; /bin/busybox ls notes"]'
equal 'it runs, with what it was given, and without what is left out' $'0 made with love\nas it is\npublic' "$code $out"
function_of more "{build: ./tools}"
differ 'another stage is another function' "$same" "$out"
run ./grid call more -p 'args=["/bin/busybox cat /made"]'
equal 'which runs, too' $'0 made with none\nand more' "$code $out"
holds 'how far it is, is told' grep -q 'Step 2/' <(./grid events -o json)

# --- a service ---------------------------------------------------------------------------------------------------------

cat >"$tmp/web.yaml" <<YAML
services:
  web:
    image: {build: {context: $folder, stage: all}}
    security: image
    command: [/bin/busybox, sh, -c, "cat /made; exec sleep 1000"]
    entrypoint: []
YAML
sed -i '/entrypoint/d; s/command: .*/command: ["cat \/made; exec sleep 1000"]/' "$tmp/web.yaml"
run ./grid service start "$tmp/web.yaml" --wait 60s
equal "so is a service's image" 0 "$code"
logged() { [[ $(./grid logs web) == *'made with none'* ]]; }
holds 'and the service runs' await logged
run ./grid service start flagged --build "$folder" --security image --wait 60s -- 'sleep 1000'
equal 'also by a flag' 0 "$code"
run ./grid service start both --build "$folder" --image "$image"
equal 'one of the two' 2 "$code"

# --- what fails --------------------------------------------------------------------------------------------------------

before=$(names)
mkdir "$tmp/broken"
printf 'FROM scratch\nCOPY busybox /\nRUN ["/busybox", "sh", "-c", "echo this is why; exit 3"]\n' >"$tmp/broken/Dockerfile"
cp "$folder/bin/busybox" "$tmp/broken/busybox"
run ./grid image build "$tmp/broken"
equal 'a recipe that fails is refused' 1 "$code"
contains 'with the code' 'code: 3' "$err"
contains 'and what was said' 'this is why' "$err"
run ./grid image build "$tmp/broken" -f Otherfile
equal 'one that is not there is a mistake' 2 "$code"
printf 'FROM scratch\nCOPY busybox /\nRUN ["/busybox", "sleep", "1000"]\n' >"$tmp/broken/Dockerfile"
run ./grid image build "$tmp/broken" --within 5s
differ 'one that takes too long is ended' 0 "$code"
contains 'which is said' 'longer than 5 s' "$err"
none_builds() { [[ $(running) == 2 ]]; } # the services
holds 'and runs no longer' await none_builds
holds 'nothing is left of them' await as_before
token=$(./grid token issue --may image.build --may content.put --bearer --until 1h)
run env GRID_TOKEN="$token" ./grid image build "$folder"
differ 'nobody but the owner has any built' 0 "$code"
contains "which is said" "the owner's" "$err"
run curl -sS -o "$tmp/answer" -w '%{http_code}' -X POST -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
  -d "{\"context\": \"$image\"}" "$GRID_URL/images"
equal 'nor by HTTP' 403 "$out"

# --- an agent that is killed -------------------------------------------------------------------------------------------

./grid image build "$tmp/broken" >/dev/null 2>&1 &
builder=$!
builds() { [[ $(running) == 3 ]]; }
holds 'a build is under way' await builds
agent_kill
wait "$builder" || :
holds 'the engine ends what nobody waits for' await none_builds
agent_start "$GRID_HOME"
await healthy
holds 'the next agent leaves nothing half made' await as_before
./grid service rm web >/dev/null
./grid service rm flagged >/dev/null
./grid gc >/dev/null
equal 'what nobody uses goes' '' "$(names)"
run ./grid call built -p 'args=["/bin/busybox cat /made"]'
equal 'and is there again when it is wanted: nothing is built for that' '0 made with love' "$code $out"
agent_stop
