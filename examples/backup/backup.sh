#!/bin/sh
# Backs up a log: a whole backup once a week, and in between what came since. To be run from time to time, by cron for instance.
#
#   BACKUP_DIR     where the backups are kept (must exist)
#   RLOG_URL       the nodes to ask: the first that answers is used
#   RLOG           how rlog is called (rlog)
#   WHOLE_DAYS     after so many days there is a new whole backup (7)
#   KEEP_SETS      so many whole backups are kept, each with its increments (4)
#
# Each set is a folder, named by the time of its whole backup. To restore one:
#   rlog restore SET/0-whole.tar.zst SET/1-*.tar.zst --data DIR
set -eu
: "${BACKUP_DIR:?names the folder for the backups}"
RLOG=${RLOG:-rlog} WHOLE_DAYS=${WHOLE_DAYS:-7} KEEP_SETS=${KEEP_SETS:-4}
cd "$BACKUP_DIR"

# One at a time. A folder that a killed run left is removed by hand, or after a day.
find . -maxdepth 1 -name running -mmin +1440 -exec rmdir {} \;
mkdir running 2>/dev/null || { echo "another backup is running ($BACKUP_DIR/running)" >&2; exit 1; }
trap 'rmdir running' EXIT
trap 'exit 1' HUP INT TERM

now=$(date -u +%Y%m%dT%H%M%SZ)
# The newest set, if its whole backup is young enough.
set=$(find . -path './20*Z/0-whole.tar.zst' -mtime "-$WHOLE_DAYS" | sort | tail -n 1)
set=${set%/0-whole.tar.zst}

whole() {
  mkdir "$now"
  if $RLOG backup "$now/0-whole.tar.zst"; then return; fi
  rmdir "$now"
  exit 1
}

if [ -z "$set" ]; then
  whole
else
  last=$(find "$set" -name '*.tar.zst' | sort | tail -n 1)
  # What is trimmed already is in no increment: then it takes a whole one.
  if ! $RLOG backup "$set/1-$now.tar.zst" --from "$last"; then
    echo "no increment could be taken: taking a whole backup" >&2
    whole
  fi
fi

# The oldest ones go only now that there is a newer one.
find . -maxdepth 1 -type d -name '20*Z' | sort -r | tail -n "+$((KEEP_SETS + 1))" | while read -r old; do rm -r "$old"; done
