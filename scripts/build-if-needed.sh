#!/bin/sh
# Builds the page and the program that bin/rlog runs, unless the build is newer than what it is made of.
is_current() {
  built=$1
  shift
  [ -f "$built" ] && [ -z "$(find "$@" package-lock.json -newer "$built" ! -name '*.test.ts' -print -quit)" ]
}
is_current dist/dashboard/index.html src/dashboard src/client || npm run --silent build:dashboard
is_current dist/rlog/main.js src scripts/bundle.ts || npm run --silent build:rlog
