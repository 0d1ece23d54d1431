#!/usr/bin/env bash
# Writes the root file system of an image to standard output, as a tar file: sh, busybox's commands, getent, redis-server,
# redis-cli and what they are linked with, all of them this machine's. `docker import` makes an image of it.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$("$HERE/install.sh" --path)
busybox=${tools%/bin}/engine/busybox
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root"/{bin,usr,etc,proc,sys,dev,run,root,data,var}
mkdir -m 1777 "$root/tmp"
ln -s ../bin "$root/usr/bin"
ln -s bin "$root/sbin"

cp -L "$busybox" "$root/bin/busybox"
"$busybox" --list | while read -r command; do [ "$command" = busybox ] || ln -s busybox "$root/bin/$command"; done
# The server is the program that checks its files, under another name.
cp -L --remove-destination "$(command -v dash)" "$root/bin/sh"
cp -L "$(command -v redis-check-rdb)" "$root/bin/redis-server"
cp -L "$(command -v redis-cli)" "$root/bin/redis-cli"
cp -L --remove-destination "$(command -v getent)" "$root/bin/getent"
ldd "$root/bin/sh" "$root/bin/redis-server" "$root/bin/redis-cli" "$root/bin/getent" |
    grep -oE '/[^ ]+\.so[^ ]*' | sort -u | while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
done

cat >"$root/etc/passwd" <<'EOF'
root:x:0:0:root:/root:/bin/sh
redis:x:999:999:redis:/data:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false
EOF
printf 'root:x:0:\nredis:x:999:\nnogroup:x:65534:\n' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
cat >"$root/bin/docker-entrypoint.sh" <<'EOF'
#!/bin/sh
case ${1-} in -* | *.conf) set -- redis-server "$@" ;; esac
exec "$@"
EOF
chmod 755 "$root" "$root/bin/docker-entrypoint.sh"
chmod 777 "$root/data"
chown 999:999 "$root/data"
tar --create --numeric-owner --directory "$root" .
