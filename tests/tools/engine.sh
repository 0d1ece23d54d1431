#!/usr/bin/env bash
# Runs a Docker engine of its own: its folder, socket, containerd, bridge, addresses and cgroup are shared with no other.
# It lives until its standard input ends, which is when whoever holds the other end of that pipe is gone, however it went.
#
#   engine.sh [--oldest] [--disk SIZE] [--live-restore]
#     --oldest        the oldest engine that is supported, not the one of today
#     --disk SIZE     its data is on a disk of that size (256m), in memory
#     --live-restore  containers outlive a restart of the engine
#
# Once the engine answers, what must be known is printed, a line each: DOCKER_HOST, FOLDER, SUBNETS, PID; then `ready`.
# Commands on standard input, a line each, are answered by `ready` once the engine answers again, or by `done`:
#   restart   ends the engine as its service would, and its containers if it does so, and starts it
#   crash     kills the engine alone and starts it; without --live-restore it then ends what ran on
#   kill      kills the engine alone: its containers run on
#   start     starts it
#
# The engine and all that it starts are in a process and a mount namespace of the supervisor, so that the kernel ends them
# with it. What is left then is a folder, a bridge for each network and cgroups: the supervisor removes them, or the next
# one does. The lock of a place is held by whatever still lives in it.
set -uo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit
PLACES=32
# One set of places for the machine, wherever the tools are.
LOCKS=/run/driftless-test-engines

note() { printf 'engine: %s\n' "$*" >&2; }

die() {
    note "$@"
    exit 1
}

# --- A place: a number that folder, bridge, addresses and cgroup are named by

name_place() {
    place=$1
    folder=$ROOT/$place
    bridge=driftless-e$place
    cgroup=driftless-engine-$place
    # Half for the engine to choose from, half for whoever names a subnet.
    pool=10.$((160 + place)).0.0/17
    subnets=10.$((160 + place)).128.0/17
}

# Removes what an engine that is gone left in a place whose lock we hold, in its own folder or in the one that the lock names.
clear_place() {
    local last
    last=$(cat "$LOCKS/$place.lock")
    case $last in "$folder") ;; /*/running/"$place") clear_folder "$last" ;; esac
    clear_folder "$folder"
}

clear_folder() {
    local link path tries folder=$1
    # A bridge is the engine's if the engine's own records name it.
    for path in /sys/class/net/*/bridge; do
        link=$(basename "$(dirname "$path")")
        if [ "$link" = "$bridge" ] ||
            grep -qsF "\"BridgeName\":\"$link\"" "$folder/data/network/files/local-kv.db"; then
            "$TOOLS/busybox" ip link set "$link" down && "$TOOLS/busybox" brctl delbr "$link"
        fi
    done
    for tries in 1 2 3 4 5 6 7 8 9 10; do
        for path in /sys/fs/cgroup/"$cgroup" /sys/fs/cgroup/*/"$cgroup"; do
            [ ! -d "$path" ] || find "$path" -depth -type d -exec rmdir {} + 2>/dev/null
        done
        rm -rf --one-file-system "$folder" 2>/dev/null
        [ -d "$folder" ] || compgen -G "/sys/fs/cgroup/$cgroup" >/dev/null ||
            compgen -G "/sys/fs/cgroup/*/$cgroup" >/dev/null || return 0
        sleep 0.2
    done
    note "could not remove all of $folder and the cgroup $cgroup ($tries tries)"
    return 1
}

# Takes the first place that is free, and clears every other free one. The lock stays with this process and its supervisor.
claim_place() {
    local number claimed=""
    for ((number = 0; number < PLACES; number++)); do
        name_place "$number"
        [ -n "$claimed" ] && [ ! -e "$folder" ] && [ ! -e "/sys/class/net/$bridge" ] && continue
        exec 8>>"$LOCKS/$number.lock"
        flock --nonblock 8 || continue
        clear_place || continue
        [ -n "$claimed" ] || { claimed=$number && exec 9>&8; }
    done
    exec 8>&-
    [ -n "$claimed" ] || die "all $PLACES places in $LOCKS are taken"
    name_place "$claimed"
    echo "$folder" >"$LOCKS/$place.lock"
}

# --- What the engine needs

make_bridge() {
    "$TOOLS/busybox" brctl addbr "$bridge" &&
        "$TOOLS/busybox" ip address add "${pool%.0.0/17}.127.1/24" dev "$bridge" &&
        "$TOOLS/busybox" ip link set "$bridge" up
}

# No rules of a firewall: they would be the whole machine's, and two engines would quarrel over them. Ports are published
# by the proxy, and what is on one network reaches itself.
configure() {
    cat <<EOF
{
  "data-root": "$folder/data",
  "exec-root": "$folder/run",
  "pidfile": "$folder/docker.pid",
  "hosts": ["unix://$folder/docker.sock"],
  "containerd": "$folder/run/containerd.sock",
  "bridge": "$bridge",
  "default-address-pools": [{"base": "$pool", "size": 27}],
  "iptables": false,
  "ip6tables": false,
  "ip-forward": false,
  "ip-masq": false,
  "userland-proxy": true,
  "userland-proxy-path": "$TOOLS/docker-proxy",
  "cgroup-parent": "/$cgroup",
  "exec-opts": ["native.cgroupdriver=cgroupfs"],
  "storage-driver": "$storage",
  "live-restore": $LIVE,
  ${OLDEST:+"\"deprecated-key-path\": \"$folder/key.json\","}
  "shutdown-timeout": 10
}
EOF
}

# What we do not use writes outside of the folder, or logs that it cannot.
configure_containerd() {
    cat <<EOF
version = 2
root = "$folder/data/containerd"
state = "$folder/run/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
address = "$folder/run/containerd.sock"
EOF
}

choose_storage() {
    local try=$folder/try
    mkdir -p "$try/lower" "$try/upper" "$try/work" "$try/merged"
    if mount -t overlay overlay -o "lowerdir=$try/lower,upperdir=$try/upper,workdir=$try/work" "$try/merged" 2>/dev/null; then
        umount "$try/merged"
        echo overlay2
    else
        echo vfs
    fi
}

# --- The supervisor: the first process of its namespace

start_containerd() {
    configure_containerd >"$folder/containerd.toml"
    containerd --config "$folder/containerd.toml" --log-level warn >>"$folder/containerd.log" 2>&1 </dev/null 9>&- &
}

start() {
    dockerd --config-file "$folder/daemon.json" >>"$folder/log" 2>&1 </dev/null 9>&- &
    daemon=$!
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        ! answer || return 0
        kill -0 "$daemon" 2>/dev/null || break
        sleep 0.1
    done
    tail -n 20 "$folder/log" | sed 's/^/    /' >&2
    note "the engine does not answer; its whole log is $folder/log"
    return 1
}

answer() { "$CLI" --host "unix://$folder/docker.sock" version --format '{{.Server.Version}}' >/dev/null 2>&1; }

end() {
    kill "-$1" "$daemon" && wait "$daemon"
    rm -f "$folder/docker.pid"
} 2>/dev/null

supervise() {
    local pid command path
    name_place "$1"
    # As whoever started us sees it: /proc is still theirs.
    read -r pid command </proc/self/stat
    mount -t proc proc /proc || die "cannot mount /proc"
    # What is kept outside of the folder, whatever is told.
    for path in /run/containerd /run/docker; do
        { mkdir -p "$path" && mount -t tmpfs tmpfs "$path"; } || die "cannot mount $path"
    done
    mkdir "$folder/data" "$folder/run"
    [ -z "$2" ] || mount -t tmpfs -o "size=$2" tmpfs "$folder/data" || die "cannot make a disk of $2"
    # The engine warns of every container where packets are not forwarded. It is told that they are, and they are not:
    # what a machine forwards is not ours to change, and so one network does not reach another.
    echo 1 >"$folder/forwarded"
    mount --bind "$folder/forwarded" /proc/sys/net/ipv4/ip_forward || die "cannot mount over ip_forward"
    storage=$(choose_storage)
    configure >"$folder/daemon.json"
    export PATH=$TOOLS:$PATH
    start_containerd
    start || exit
    printf '%s\n' "DOCKER_HOST=unix://$folder/docker.sock" "FOLDER=$folder" "SUBNETS=$subnets" "PID=$pid" \
        "STORAGE=$storage" ready
    while read -r command; do
        case $command in
        restart) end TERM && start && echo ready ;;
        crash) end KILL && start && echo ready ;;
        kill) end KILL && echo "done" ;;
        start) start && echo ready ;;
        *) note "unknown command '$command'" && false ;;
        esac || exit
    done
    exit 0
}

main() {
    local oldest="" disk="" live=false
    while [ $# -gt 0 ]; do
        case $1 in
        --oldest) oldest=oldest/ ;;
        --disk) disk=${2:?} && shift ;;
        --live-restore) live=true ;;
        *) die "usage: engine.sh [--oldest] [--disk SIZE] [--live-restore]" ;;
        esac
        shift
    done
    [ "$(id -u)" = 0 ] || die "an engine must be started by root"
    TOOLS=$("$HERE/install.sh" --path) || exit
    ROOT=${TOOLS%/view-*}/running
    CLI=${TOOLS%/bin}/${oldest}bin/docker
    TOOLS=${TOOLS%/bin}/${oldest}engine
    export TOOLS ROOT CLI OLDEST=$oldest LIVE=$live
    { mkdir -p "$ROOT" "$LOCKS" && chmod 700 "$ROOT" "$LOCKS"; } || die "cannot write to $ROOT and $LOCKS"
    [ ${#ROOT} -le 60 ] || die "the cache folder's path is too long for a socket: $ROOT"
    claim_place
    trap clear_place EXIT
    trap 'kill -KILL "$supervisor" 2>/dev/null; exit 1' INT TERM HUP
    { mkdir -m 711 "$folder" && make_bridge; } || die "cannot make $folder and the bridge $bridge"
    # A process in the background is given no input unless it is told to have it.
    unshare --mount --propagation slave --pid --fork --kill-child \
        "${BASH_SOURCE[0]}" --supervise "$place" "$disk" <&0 8>&- &
    supervisor=$!
    wait "$supervisor"
}

# Read to its end before it runs: it may be replaced meanwhile.
{
    if [ "${1-}" = --supervise ]; then supervise "$2" "$3"; else main "$@"; fi
    exit
}
