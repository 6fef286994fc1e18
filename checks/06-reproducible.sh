#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
subject 'Two builds in two places make the same bytes, of what others build drivers against'

for place in one two; do
  mkdir -p "$tmp/$place/drivers"
  cp -r .mvn mvnw pom.xml "$tmp/$place"
  cp -r drivers/spi "$tmp/$place/drivers"
  rm -rf "$tmp/$place/drivers/spi/target"
  run "$tmp/$place/mvnw" -q -B -Dmaven.test.skip=true -f "$tmp/$place/drivers/spi/pom.xml" package
  equal "build $place succeeds" 0 "$code"
done
jar=drivers/spi/target/promisegrid-spi-0.1.0-SNAPSHOT.jar
holds 'there is a jar' test -s "$tmp/one/$jar"
same_bytes 'promisegrid-spi is reproducible' "$tmp/one/$jar" "$tmp/two/$jar"
