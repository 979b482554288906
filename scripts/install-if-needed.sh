#!/bin/sh
# Installs what package-lock.json lists, unless it is installed already. npm 10, which comes with Node 20, is enough.
if [ -f node_modules/.package-lock.json ] && [ ! package-lock.json -nt node_modules/.package-lock.json ]; then exit 0; fi
version=$(npm --version)
if [ "${version%%.*}" -lt 10 ]; then
  echo "npm 10 or newer is needed to install; this is npm $version" >&2
  exit 1
fi
npm ci --no-audit --no-fund --loglevel=error || exit
# Where the installed Node cannot run (it needs glibc), it must not hide the system's Node in npm's scripts.
link=node_modules/.bin/node
if [ -L "$link" ] && ! "$link" --version >/dev/null 2>&1; then rm "$link"; fi
