#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
subject "A driver's jar that was built elsewhere passes the contract's tests and is dispatched to; a broken one is named"

spi=$(ls drivers/spi/target/promisegrid-spi-*.jar)
tck=$(ls drivers/tck/target/promisegrid-tck-*.jar)

run examples/driver/build "$tmp/built" "$spi"
equal 'it is compiled against the jar of the contract alone' 0 "$code"
[[ -s drivers/tck/target/suite.classpath ]] || ./mvnw -q -B -ntp -Dfast -DskipTests -pl drivers/tck -am verify
run examples/driver/run-tests "$tmp/built" "$tck:$(<drivers/tck/target/suite.classpath)"
note "${out##*$'\n'}"
equal "it passes the contract's tests" 0 "$code"

home=$(mktemp -d "$tmp/home.XXXXXX")
mkdir -m 700 "$home/drivers"
install -m 600 "$tmp/built/forth.jar" "$home/drivers/forth.jar"

# Broken in every way that a jar is: cut off, nothing where a class should be, throwing, from another time, one more of the
# same name, writable by others.
broken=$home/drivers
head -c 2000 "$tmp/built/forth.jar" >"$broken/cut.jar"
variant() { # name manifest-line service class-source
  local into=$tmp/variant.$1
  mkdir -p "$into/META-INF/services"
  echo "$3" >"$into/META-INF/services/org.promisegrid.sandbox.SandboxDriverFactory"
  if [[ -n ${4-} ]]; then
    echo "$4" >"$into/Broken.java"
    "$JAVA_HOME/bin/javac" -cp "$spi" -d "$into" "$into/Broken.java"
  fi
  echo "$2" >"$into/manifest"
  (cd "$into" && "$JAVA_HOME/bin/jar" --create --file "$broken/$1.jar" --manifest manifest META-INF/services \
    $([[ ! -e Broken.class ]] || echo Broken.class))
}
factory() { # static-block name
  echo "import java.util.*; import org.promisegrid.sandbox.*;
    public class Broken implements SandboxDriverFactory {
      $1
      public String name() { return \"$2\"; }
      public List<Target> targets(Map<String, String> settings) { return List.of(new Target(\"$2\", \"here\")); }
      public SandboxDriver open(Target target, Map<String, String> settings, Host host) { throw new LinkageError(\"no native library\"); }
    }"
}
variant missing 'Grid-Driver-Contract: 1' Nowhere
variant throwing 'Grid-Driver-Contract: 1' Broken "$(factory '{ if (true) throw new IllegalStateException("out of order"); }' throwing)"
variant older 'Grid-Driver-Contract: 0' Broken "$(factory '' older)"
variant twin 'Grid-Driver-Contract: 1' Broken "$(factory '' forth)"
variant builtin 'Grid-Driver-Contract: 1' Broken "$(factory '' wasm)"
variant unopened 'Grid-Driver-Contract: 1' Broken "$(factory '' unopened)"
install -m 666 "$tmp/built/forth.jar" "$broken/open.jar"
chmod 600 "$broken"/{cut,missing,throwing,older,twin,builtin,unopened}.jar

agent_start "$home"
run ./grid status -o json
equal 'the agent starts' 0 "$code"
status=$out
equal 'the driver that is whole is there, and can work' healthy \
  "$(jq -r '.targets[] | select(.target == "forth:local") | .status' <<<"$status")"
equal 'the one that is built in, too' healthy \
  "$(jq -r '.targets[] | select(.target == "wasm:local") | .status' <<<"$status")"
named() { # name reason
  local why
  why=$(jq -r --arg name "$1" '.skipped[] | select(.driver | endswith($name)) | .reason' <<<"$status")
  contains "$1 is named with its reason" "$2" "$why"
  contains 'in the log, too' "$1" "$(<"$home.log")"
}
named cut.jar 'zip'
named missing.jar 'Nowhere'
named throwing.jar 'out of order'
named older.jar 'version 0'
named twin.jar '`forth` already'
named builtin.jar '`wasm` already'
named open.jar 'can be written by others'
contains 'a driver that opens no target is named, too' 'no native library' \
  "$(jq -r '.skipped[] | select(.driver == "unopened") | .reason' <<<"$status")"
run ./grid status
contains 'people see it likewise' 'twin.jar' "$out"
run ./grid events -o json
equal 'each is an event' 8 "$(jq -s '[.[] | select(.kind == "target" and .detail.event == "skipped")] | length' <<<"$out")"

cat >"$tmp/greet.fs" <<'FORTH'
\ greets each of its arguments
0 begin dup argc < while ." hello, " dup arg type cr 1 + repeat
FORTH
cat >"$tmp/greet.yaml" <<'YAML'
pure: true
parameters: {name: {type: string}}
argv: ["${name}"]
forms: [{forth: ./greet.fs}]
YAML
run ./grid function put "$tmp/greet.yaml" --name greet
equal 'a function in its language is put' 0 "$code"
run ./grid explain greet -p name=world -o json
equal 'the agent chooses it' 'forth:local' "$(jq -r '.targets[.chosen].target' <<<"$out")"
run ./grid call greet -p name=world
equal 'it runs there' 'hello, world' "$out"
run ./grid calls -o json
receipt=$(jq -r '[.calls[] | select(.receipt)][0].receipt["/"]' <<<"$out")
./grid get "$receipt" >"$tmp/receipt"
contains 'and its receipt says so' 'forth:local' "$(./grid decode "$tmp/receipt")"
run ./grid call greet -p name=world -o json
contains 'the second call is remembered' 'cache' "$out"

agent_stop
equal 'it ends in good order' '' "$(grep -v DriverJars "$home.log" | grep -i exception || :)"
