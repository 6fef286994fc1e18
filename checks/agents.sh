# shellcheck shell=bash
# Sourced by check and checks/lib.sh.

# Ends every agent whose home lies in a folder: who has the home's lock open, and is named in it. None outlives the
# subject that started it, by `grid up` neither, however the subject ended.
end_agents_below() { # folder
  local lock pid file
  while IFS= read -r lock; do
    pid=$(tr -cd 0-9 <"$lock")
    for file in /proc/"$pid"/fd/*; do
      if [[ -n $pid && $file -ef $lock ]]; then
        kill -9 "$pid" 2>/dev/null || :
        break
      fi
    done
  done < <(find "$1" -name lock -type f 2>/dev/null)
}
