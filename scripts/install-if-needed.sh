#!/bin/sh
# Installs what package-lock.json asks for, unless that is there already. npm 10, which comes with Node 20, is enough.
if [ -f node_modules/.package-lock.json ] && [ ! package-lock.json -nt node_modules/.package-lock.json ]; then exit 0; fi
version=$(npm --version)
if [ "${version%%.*}" -lt 10 ]; then
  echo "npm 10 or newer is needed to install, and npm here is $version" >&2
  exit 1
fi
npm ci --no-audit --no-fund --loglevel=error || exit
# Where the Node that was brought cannot run (it wants glibc), the system's must not be hidden behind it in npm's scripts.
link=node_modules/.bin/node
if [ -L "$link" ] && ! "$link" --version >/dev/null 2>&1; then rm "$link"; fi
