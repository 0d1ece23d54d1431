#!/usr/bin/env bash
# Installs the tools that the tests need, each once, into a cache folder outside of the tree, and prints the folder that
# holds their commands. README.md says what they are, recipes.sh how each is built.
#
#   install.sh           install what is missing; progress goes to stderr, the folder of the commands to stdout
#   install.sh --path    print that folder if everything is installed, else say what is missing and exit 1
#   install.sh --list    print tool, version and state, separated by tabs
set -uo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit
CACHE=${DRIFTLESS_TEST_CACHE:-${XDG_CACHE_HOME:-${HOME:?set it or DRIFTLESS_TEST_CACHE}/.cache}/driftless-test-tools}
# shellcheck source-path=SCRIPTDIR
. "$HERE/recipes.sh"

note() { printf 'tools: %s\n' "$*" >&2; }

# For recipes: say why in the log, and fail.
fail() {
    printf '%s\n' "$*" >&2
    return 1
}

# says EXPECTED COMMAND...: what the command prints must contain the expected text.
says() {
    local expected=$1 printed
    shift
    printed=$("$@" 2>&1)
    case $printed in
    *"$expected"*) ;;
    *) fail "'$*' should say '$expected', it says: $printed" ;;
    esac
}

die() {
    note "$@"
    exit 1
}

digest() { sha256sum | cut -c1-16; }

# --- What the machine has

# The version of a terraform, without the settings of whoever runs the tests.
terraform_version() {
    env -u TF_CLI_CONFIG_FILE -u TF_CLI_ARGS CHECKPOINT_DISABLE=1 "$1" version 2>/dev/null |
        sed -n '1s/^[A-Za-z]* \(v[0-9.]*\).*/\1/p'
}

# The first terraform on the PATH that is 1.5 or later and is not one that this script has put there.
find_terraform() {
    local found version
    type -aP terraform | while read -r found; do
        case $found in "$CACHE"/*) continue ;; esac
        version=$(terraform_version "$found")
        if printf 'v1.5.0\n%s\n' "$version" | sort -V -C; then
            echo "$found"
            break
        fi
    done
}

python_is_recent() { python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; }
python_has_venv() { python3 -c 'import ensurepip, venv'; }

is_root() { [ "$(id -u)" = 0 ]; }
is_debian_12() { grep -qx 'VERSION_CODENAME=bookworm' /etc/os-release && command -v apt-get && command -v dpkg-deb; }
has_library() { [[ $(PATH=$PATH:/usr/sbin:/sbin ldconfig -p) == *"$1"* ]]; }

# need WHAT HOW COMMAND...: the command must succeed; if not, what is missing, and how to get it, goes to $missing.
need() {
    local what=$1 how=$2
    shift 2
    "$@" >/dev/null 2>&1 || missing="$missing$what"$'\t'"$how"$'\n'
}

apt_advice="apt-get install --yes --no-install-recommends"

needs_of_the_machine() {
    local wrapper
    missing=""
    need sha256sum "$apt_advice coreutils" command -v sha256sum
    need flock "$apt_advice util-linux" command -v flock
    need git "$apt_advice git" command -v git
    need "Debian 12, for the engines" "run the tests on Debian 12, or in a machine that has it" is_debian_12
    need root "the engines that the tests start need it" is_root
    need iptables "$apt_advice iptables" command -v iptables
    need libdevmapper "$apt_advice libdevmapper1.02.1" has_library libdevmapper.so.1.02.1
    need libseccomp "$apt_advice libseccomp2" has_library libseccomp.so.2
    need redis-server "$apt_advice redis-tools" command -v redis-check-rdb
    need redis-cli "$apt_advice redis-tools" command -v redis-cli
    need "Python 3.11 or later" "$apt_advice python3" python_is_recent
    need "Python's venv" "$apt_advice python3-venv" python_has_venv
    for wrapper in "$HERE"/go/*; do
        need "Go $(sed -n 's/^go //p' "$wrapper/go.mod") or later, for $(basename "$wrapper")" \
            "install a newer Go, or let an older one fetch it: GOTOOLCHAIN=auto" \
            env GOWORK=off GOFLAGS=-mod=readonly go -C "$wrapper" list -m
    done
}

# What a Debian package can mend is mended where we may; the rest is named, all of it at once.
prepare_machine() {
    local packages
    needs_of_the_machine
    packages=$(printf '%s' "$missing" | sed -n "s/^.*$(printf '\t')$apt_advice //p" | sort -u)
    if [ -n "$packages" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        # shellcheck disable=SC2086 # one argument each
        note "apt-get install" $packages
        # shellcheck disable=SC2086 # one argument each
        { apt-get update && DEBIAN_FRONTEND=noninteractive $apt_advice $packages; } >&2 ||
            note "apt-get failed; its last lines say why"
        needs_of_the_machine
    fi
    [ -z "$missing" ] || { name_missing && exit 1; }
}

name_missing() { printf '%s' "$missing" | while IFS=$'\t' read -r what how; do note "missing: $what ($how)"; done; }

# --- The cache: one folder a tool, named by the digest of its pins and its recipe

key() { { echo "$1" && "pins_$1" && declare -f "build_$1"; } | digest; }

# Keys are computed once a run. (No associative array: bash 3 has none.)
compute_keys() {
    local tool
    TERRAFORM=$(find_terraform)
    for tool in $TOOLS; do
        printf -v "key_$tool" '%s' "$(key "$tool")" || die "cannot compute the key of $tool"
    done
}

folder() {
    local key_name=key_$1
    printf '%s\n' "$CACHE/$1-${!key_name}"
}

installed() { [ -d "$(folder "$1")" ]; }

# Built beside its place and moved there in one step: what was interrupted leaves nothing that looks done.
build() {
    local tool=$1 target log building since=$SECONDS
    target=$(folder "$tool")
    log=$CACHE/logs/$(basename "$target").log
    building=$(mktemp -d "$CACHE/building.XXXXXX") || die "cannot write to $CACHE"
    note "$tool ($("version_$tool")): building, log in $log"
    if ! "build_$tool" "$building" "$target" >"$log" 2>&1 </dev/null; then
        tail -n 30 "$log" | sed 's/^/    /' >&2
        die "$tool could not be built; the whole log is $log"
    fi
    { chmod 755 "$building" && mv "$building" "$target"; } || die "$tool could not be moved to $target"
    note "$tool ($("version_$tool")): built in $((SECONDS - since)) s"
}

install_all() {
    local tool
    mkdir -p "$CACHE/logs" || die "cannot write to $CACHE"
    # Whoever works on the machine meanwhile goes first.
    renice -n 5 -p $$ >/dev/null 2>&1
    exec 9>"$CACHE/lock"
    flock --nonblock 9 || { note "another run is installing into $CACHE, waiting for it" && flock 9; }
    # We hold the lock: whatever is half built belongs to a run that is gone.
    rm -rf "$CACHE"/building.*
    trap 'rm -rf "$CACHE"/building.*' EXIT
    for tool in $TOOLS; do
        if installed "$tool"; then note "$tool ($("version_$tool")): cached"; else build "$tool"; fi
    done
    [ -d "$(view)" ] || assemble
}

# --- The view: one folder with every command, named by the digest of all pins

view() {
    local tool
    { for tool in $TOOLS; do folder "$tool"; done && declare -f assemble link_go link_redis link_engines wrap; } | digest |
        sed "s|^|$CACHE/view-|"
}

# wrap FILE LINE...: a command that sets what it needs to work without a network, and then is the tool.
wrap() {
    local file=$1
    shift
    { echo "#!/bin/sh" && printf '%s\n' "$@"; } >"$file" && chmod 755 "$file"
}

link_go() {
    local tool
    for tool in helm kustomize compose; do ln -s "$(folder "$tool")"/bin/* "$1/bin" || return; done
}

# Debian's server is the program that checks its files, under another name; its own package would start it.
link_redis() {
    ln -s "$(command -v redis-check-rdb)" "$1/bin/redis-server" && ln -s "$(command -v redis-check-rdb)" "$1/bin/redis-sentinel" &&
        ln -s "$(command -v redis-cli)" "$1/bin/redis-cli"
}

# The commands of an engine and its client, for each of the two: engine/ and bin/, oldest/engine/ and oldest/bin/.
link_engines() {
    mkdir -p "$1/engine" "$1/docker/cli-plugins" "$1/oldest/engine" "$1/oldest/bin" "$1/oldest/docker/cli-plugins" &&
        ln -s "$(folder container_runtime)"/bin/* "$(folder engine)"/bin/* "$1/engine" &&
        ln -s "$(folder container_runtime)"/bin/* "$(folder engine_oldest)"/bin/docker?* "$1/oldest/engine" &&
        ln -s "$(folder compose_oldest)"/bin/* "$1/oldest/bin" &&
        ln -s "$(folder compose)"/bin/* "$1/docker/cli-plugins" &&
        ln -s "$(folder compose_oldest)"/bin/* "$1/oldest/docker/cli-plugins" || return
    # `docker compose` finds its plugin in the client's configuration; whoever has one of their own names them there.
    wrap "$1/bin/docker" "export DOCKER_CONFIG=\"\${DOCKER_CONFIG:-$(view)/docker}\"" \
        "exec '$(folder docker_cli)/bin/docker' \"\$@\""
    wrap "$1/oldest/bin/docker" "export DOCKER_CONFIG=\"\${DOCKER_CONFIG:-$(view)/oldest/docker}\"" \
        "exec '$(folder engine_oldest)/bin/docker' \"\$@\""
}

assemble() {
    local building venv command
    building=$(mktemp -d "$CACHE/building.XXXXXX") || die "cannot write to $CACHE"
    { mkdir "$building/bin" && link_go "$building" && link_redis "$building" && link_engines "$building"; } || die "cannot write $building"
    venv=$(folder python)/venv
    for command in ansible ansible-config ansible-doc ansible-inventory ansible-playbook ansible-lint; do
        wrap "$building/bin/$command" \
            "export PATH='$venv/bin':\"\$PATH\" LC_ALL=C.UTF-8" \
            "export ANSIBLE_COLLECTIONS_PATH='$(folder ansible_collections)'" \
            "exec '$venv/bin/$command' $([ $command != ansible-lint ] || echo --offline) \"\$@\""
    done
    for command in kubernetes-validate check-jsonschema hcl2tojson python; do
        wrap "$building/bin/$command" "exec '$venv/bin/$command' \"\$@\""
    done
    # Linters that the machine may have or not have must not change what actionlint says.
    wrap "$building/bin/actionlint" "exec '$(folder actionlint)/bin/actionlint' -shellcheck= -pyflakes= \"\$@\""
    wrap "$building/bin/terraform" "export TF_CLI_CONFIG_FILE='$(view)/terraform.rc' CHECKPOINT_DISABLE=1" \
        "exec '$(folder terraform)/bin/terraform' \"\$@\""
    cat >"$building/terraform.rc" <<EOF
provider_installation {
  filesystem_mirror {
    path    = "$(folder docker_provider)/mirror"
    include = ["*/*/*"]
  }
  direct {
    exclude = ["*/*/*"]
  }
}
EOF
    {
        ln -s "$(folder kubernetes_provider_schema)/schema.json" "$building/terraform-kubernetes-provider.json" &&
            chmod 755 "$building" && mv "$building" "$(view)"
    } || die "cannot write $(view)"
}

# --- Commands

print_path() {
    local tool
    needs_of_the_machine
    [ -z "$missing" ] || { name_missing && exit 1; }
    compute_keys
    for tool in $TOOLS; do
        installed "$tool" || missing="$missing$tool ($("version_$tool"))"$'\t'"run $HERE/install.sh"$'\n'
    done
    [ -n "$missing" ] || [ -d "$(view)" ] || missing="the folder of commands"$'\t'"run $HERE/install.sh"$'\n'
    [ -z "$missing" ] || { name_missing && exit 1; }
    echo "$(view)/bin"
}

print_list() {
    local tool state
    needs_of_the_machine
    [ -z "$missing" ] || { name_missing && exit 1; }
    compute_keys
    for tool in $TOOLS; do
        if installed "$tool"; then state="installed in $(folder "$tool")"; else state=missing; fi
        printf '%s\t%s\t%s\n' "$tool" "$("version_$tool")" "$state"
    done
}

main() {
    case $CACHE in
    *[\'\"\\\$]* | *$'\n'*) die "the cache folder's name must have no quotes, backslashes, dollars: $CACHE" ;;
    /?*) ;;
    *) die "the cache folder must be an absolute path: $CACHE" ;;
    esac
    case ${1-} in
    --path) print_path ;;
    --list) print_list ;;
    "")
        prepare_machine
        compute_keys
        install_all
        echo "$(view)/bin"
        ;;
    *) die "usage: install.sh [--path | --list]" ;;
    esac
}

main "$@"
