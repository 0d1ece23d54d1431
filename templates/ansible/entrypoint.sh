#!/bin/sh
# Exports each file of /run/driftless/env as a variable and starts the command, so that no secret is in the container's description.
set -eu
for file in /run/driftless/env/*; do
  value="$(cat "$file" && printf x)"
  export "${file##*/}=${value%x}"
done
exec "$@"
