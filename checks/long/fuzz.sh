#!/usr/bin/env bash
. "$(dirname "$0")/../lib.sh"
subject 'Decoders survive coverage-guided fuzzing'

# FUZZ_SECONDS for each target, FUZZ_SEED to repeat a run, FUZZ_ONLY for one class.
seconds=${FUZZ_SECONDS:-120}
seed=${FUZZ_SEED:-$((RANDOM * 32768 + RANDOM + 1))}

run ./mvnw -q -B -Dfast -Pfuzz test-compile
equal 'it builds beside Jazzer' 0 "$code"
note "seed $seed, $seconds s each"

# Every class named …Fuzz has `fuzzerTestOneInput(byte[])`. What a run learned is kept in target/, so that
# the next begins there; a finding lies in target/fuzz/ until its input has become a test.
while IFS= read -r file; do
  module=${file%%/target/*}
  class=${file#*/target/test-classes/}
  class=${class%.class}
  class=${class//\//.}
  [[ -z ${FUZZ_ONLY-} || $class == *"$FUZZ_ONLY" ]] || continue
  corpus=$module/target/fuzz/$class
  mkdir -p "$corpus"
  classpath=$module/target/classes:$module/target/test-classes:$(<"$module/target/fuzz.classpath")
  # One whose good inputs are hard to come by has a `main` that writes some.
  if "$JAVA_HOME/bin/javap" -cp "$classpath" "$class" | grep -q ' main('; then
    run "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED -cp "$classpath" "$class" "$corpus"
    equal "$class: inputs to begin with" 0 "$code"
  fi
  run "$JAVA_HOME/bin/java" -Xmx1g -XX:+EnableDynamicAgentLoading --enable-native-access=ALL-UNNAMED \
    --sun-misc-unsafe-memory-access=allow \
    -cp "$classpath" \
    com.code_intelligence.jazzer.Jazzer --target_class="$class" --instrumentation_includes='org.promisegrid.**' \
    --reproducer_path="$module/target/fuzz" -artifact_prefix="$module/target/fuzz/" \
    -seed="$seed" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=3000 -max_len=16384 "$corpus"
  runs=$(grep -oE '^Done [0-9]+ runs' "$tmp/err" || echo 'not done')
  if ((code == 0)); then
    pass "$class: $runs"
  else
    fail "$class (seed $seed), what it found is in $module/target/fuzz" "$(grep -A 12 -E '^== ' "$tmp/err" || tail -n 15 "$tmp/err")"
  fi
done < <(find agent drivers -path '*/target/test-classes/*Fuzz.class' | sort)
