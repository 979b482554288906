#!/bin/sh
# Builds the page, unless the build is newer than its sources.
built=dist/dashboard/index.html
if [ ! -f "$built" ] || [ -n "$(find src/dashboard src/client package-lock.json -newer "$built" ! -name '*.test.ts' -type f | head -n 1)" ]; then
  npm run --silent build:dashboard
fi
