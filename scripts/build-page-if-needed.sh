#!/bin/sh
# Builds the page, unless it was built since its sources changed.
built=dist/dashboard/index.html
if [ ! -f "$built" ] || [ -n "$(find src/dashboard src/client package-lock.json -newer "$built" ! -name '*.test.ts' -type f | head -n 1)" ]; then
  npm run --silent build:dashboard
fi
