# shellcheck shell=bash
# How each tool is built. install.sh sources this file; README.md says how to add a tool or move a pin.
#
# A recipe of a tool NAME is three functions: version_NAME prints the pinned version, pins_NAME everything its result
# depends on beside its recipe (install.sh makes the key of its cache folder from both), build_NAME builds into the
# empty folder "$1", which will be moved to "$2" once it returned without an error.

# In the order they are built: what a recipe needs from another tool (the Python environment) comes first.
# shellcheck disable=SC2034 # install.sh uses it
TOOLS="python ansible_collections kubernetes_provider_schema helm kustomize actionlint compose terraform docker_provider
    container_runtime engine docker_cli engine_oldest compose_oldest"

# --- Go: the package is the `tool` line of go/NAME/go.mod, its version the `require` line of the module it lies in.
# Of a wrapper with several packages one is named as WRAPPER/COMMAND.

# The module that package $2 of wrapper $1 lies in, its version, and what it is replaced by, if it is.
go_module() {
    awk -v package="$2" '
        { sub(/^require /, "") }
        $1 == "replace" && index(package "/", $2 "/") == 1 { replaced = $4 " " $5 }
        index(package "/", $1 "/") == 1 && $2 ~ /^v/ && length($1) > length(path) { path = $1; version = $2 }
        END { print path, version, replaced }' "$HERE/go/$1/go.mod"
}

go_package() {
    local command=${1#"${1%%/*}"}
    awk -v end="$command" '
        $1 == "tool" && $2 == "(" { block = 1; next }
        $1 == ")" { block = 0 }
        block || $1 == "tool" {
            package = $NF
            if (substr(package, length(package) - length(end) + 1) == end) { print package; exit }
        }' "$HERE/go/${1%%/*}/go.mod"
}

go_version() { go_module "${1%%/*}" "$(go_package "$1")" | cut -d' ' -f2; }

# Asked inside the wrapper's folder, since Go may switch to the newer release that a go.mod asks for.
go_pins() {
    cat "$HERE/go/$1/go.mod" "$HERE/go/$1/go.sum"
    declare -f go_build go_check_origin
    (cd "$HERE/go/$1" && go env GOVERSION GOOS GOARCH)
}

# go_build WRAPPER[/COMMAND] OUTPUT [LINKER FLAG...], with the build tags in GO_TAGS.
go_build() {
    local package output=$2 wrapper=${1%%/*}
    package=$(go_package "$1")
    shift 2
    (
        cd "$HERE/go/$wrapper" || exit
        CGO_ENABLED=0 GOFLAGS=-mod=readonly GOWORK=off \
            go build -trimpath -buildvcs=false -tags "${GO_TAGS-}" -ldflags "-s -w $*" -o "$output" "$package"
    ) && go_check_origin "$wrapper" "$package" "$output"
}

# The versions below are stamped in by us; what the compiler recorded about the sources is not.
go_check_origin() {
    local path version replaced recorded
    read -r path version replaced <<<"$(go_module "$1" "$2")"
    recorded=$(go version -m "$3" | awk '$1 == "mod" { mod = $2 " " $3 } $1 == "=>" && !by && mod { by = $2 " " $3 }
        $1 == "dep" { exit } END { print mod (by ? " " by : "") }')
    [ "$recorded" = "$path $version${replaced:+ $replaced}" ] ||
        fail "built from '$recorded' instead of '$path $version${replaced:+ $replaced}'"
}

version_helm() { go_version helm; }
pins_helm() { go_pins helm; }
build_helm() {
    go_build helm "$1/bin/helm" -X helm.sh/helm/v3/internal/version.version="$(version_helm)" &&
        says "$(version_helm)" "$1/bin/helm" version --template '{{.Version}}'
}

version_kustomize() { go_version kustomize; }
pins_kustomize() { go_pins kustomize; }
build_kustomize() {
    go_build kustomize "$1/bin/kustomize" -X sigs.k8s.io/kustomize/api/provenance.version="$(version_kustomize)" &&
        says "$(version_kustomize)" "$1/bin/kustomize" version
}

version_actionlint() { go_version actionlint; }
pins_actionlint() { go_pins actionlint; }
build_actionlint() {
    go_build actionlint "$1/bin/actionlint" &&
        says "$(version_actionlint)" "$1/bin/actionlint" -version
}

# Under the name docker-compose the plugin runs by itself: no docker command is needed, and for `config` no engine.
version_compose() { go_version compose; }
pins_compose() { go_pins compose; }
build_compose() {
    go_build compose "$1/bin/docker-compose" \
        -X github.com/docker/compose/v5/internal.Version="$(version_compose)" &&
        says "$(version_compose)" "$1/bin/docker-compose" version
}

# A terraform that the machine has serves as well; OpenTofu is built where there is none.
version_terraform() {
    if [ -n "$TERRAFORM" ]; then
        echo "$(terraform_version "$TERRAFORM") found as $TERRAFORM"
    else
        echo "OpenTofu $(go_version tofu)"
    fi
}
pins_terraform() { if [ -n "$TERRAFORM" ]; then version_terraform; else go_pins tofu; fi; }
build_terraform() {
    mkdir "$1/bin" || return
    if [ -n "$TERRAFORM" ]; then
        ln -s "$TERRAFORM" "$1/bin/terraform"
    else
        go_build tofu "$1/bin/terraform" -X github.com/opentofu/opentofu/version.dev=no &&
            says "$(go_version tofu)" terraform_version "$1/bin/terraform"
    fi
}

# The module of the provider has pseudo-versions only; this is the release that its pinned revision follows.
DOCKER_PROVIDER_RELEASE=4.6.0

version_docker_provider() { echo "v$DOCKER_PROVIDER_RELEASE"; }
pins_docker_provider() { go_pins docker-provider; }
build_docker_provider() {
    local platform hosts="registry.terraform.io registry.opentofu.org" host folder
    platform=$(go env GOOS)_$(go env GOARCH)
    for host in $hosts; do
        folder=$1/mirror/$host/kreuzwerker/docker/$DOCKER_PROVIDER_RELEASE/$platform
        mkdir -p "$folder" || return
        if [ "$host" = "${hosts%% *}" ]; then
            go_build docker-provider "$folder/terraform-provider-docker_v$DOCKER_PROVIDER_RELEASE" \
                -X main.version="$DOCKER_PROVIDER_RELEASE" || return
        else
            ln "$1/mirror/${hosts%% *}/kreuzwerker/docker/$DOCKER_PROVIDER_RELEASE/$platform/"* "$folder" || return
        fi
    done
    # Started by hand a provider can only say what it is.
    says "This binary is a plugin" "$folder/terraform-provider-docker_v$DOCKER_PROVIDER_RELEASE"
}

# --- Docker: an engine of today, and the oldest that is supported

# What Debian has is unpacked, never installed: installing would start a service on the machine.
# debian FOLDER PACKAGE...: what is in the packages, as they stand in Debian today, below FOLDER.
debian() {
    local folder=$1 package
    shift
    mkdir -p "$folder/debs" "$folder/root" || return
    (
        cd "$folder/debs" || exit
        apt-get download "$@" || { apt-get update && apt-get download "$@"; }
    ) || return
    for package in "$folder"/debs/*.deb; do dpkg-deb --extract "$package" "$folder/root" || return; done
    rm -r "$folder/debs"
}

# What both engines start their containers with.
version_container_runtime() { echo "containerd 1.6 and runc 1.1 of Debian 12"; }
pins_container_runtime() { declare -f debian && dpkg --print-architecture; }
build_container_runtime() {
    local root=$1/unpacked/root
    debian "$1/unpacked" containerd runc tini busybox-static && mkdir "$1/bin" || return
    mv "$root"/usr/bin/containerd{,-shim-runc-v2} "$root/usr/sbin/runc" "$root/bin/busybox" "$1/bin" &&
        mv "$root/usr/bin/tini-static" "$1/bin/docker-init" && rm -r "$1/unpacked" &&
        says " 1.6." "$1/bin/containerd" --version && says "runc version 1.1." "$1/bin/runc" --version &&
        says "BusyBox v1." "$1/bin/busybox"
}

version_engine() { go_version engine/dockerd; }
pins_engine() { go_pins engine; }
build_engine() {
    local version
    version=$(version_engine) && version=${version#v} && version=${version%+*}
    local GO_TAGS="netgo osusergo exclude_graphdriver_btrfs no_btrfs"
    go_build engine/dockerd "$1/bin/dockerd" -X github.com/docker/docker/dockerversion.Version="$version" &&
        go_build engine/docker-proxy "$1/bin/docker-proxy" &&
        says "Docker version $version" "$1/bin/dockerd" --version
}

version_docker_cli() { go_version docker-cli; }
pins_docker_cli() { go_pins docker-cli; }
build_docker_cli() {
    local version
    version=$(version_docker_cli) && version=${version#v} && version=${version%+*}
    go_build docker-cli "$1/bin/docker" -X github.com/docker/cli/cli/version.Version="$version" &&
        says "Docker version $version" "$1/bin/docker" --version
}

version_engine_oldest() { echo "20.10 of Debian 12"; }
pins_engine_oldest() { declare -f debian && dpkg --print-architecture; }
build_engine_oldest() {
    local root=$1/unpacked/root
    debian "$1/unpacked" docker.io && mkdir "$1/bin" || return
    mv "$root/usr/bin/docker" "$root"/usr/sbin/docker{d,-proxy} "$1/bin" && rm -r "$1/unpacked" &&
        says "Docker version 20.10." "$1/bin/dockerd" --version && says "Docker version 20.10." "$1/bin/docker" --version
}

version_compose_oldest() { go_version compose-oldest; }
pins_compose_oldest() { go_pins compose-oldest; }
build_compose_oldest() {
    go_build compose-oldest "$1/bin/docker-compose" \
        -X github.com/docker/compose/v2/internal.Version="$(version_compose_oldest)" &&
        says "$(version_compose_oldest)" "$1/bin/docker-compose" version
}

# --- Python

PYTHON_ASKED="ansible-core ansible-lint check-jsonschema kubernetes-validate python-hcl2 PyYAML"

python_pin() { sed -n "s/^$2==//p" "$HERE/python/$1"; }

version_python() { for name in $PYTHON_ASKED; do echo "$name $(python_pin requirements.txt "$name")"; done | paste -sd, - | sed "s/,/, /g"; }
pins_python() {
    cat "$HERE/python/requirements.txt"
    python3 -c 'import sys; print(sys.version, sys._base_executable)'
    uname -sm
}
build_python() {
    local name installed
    python3 -m venv "$1/venv" || return
    "$1/venv/bin/python" -m pip install --no-compile --no-deps --requirement "$HERE/python/requirements.txt" || return
    "$1/venv/bin/python" -m pip check || return
    for name in $PYTHON_ASKED; do
        installed=$("$1/venv/bin/python" -c 'import importlib.metadata, sys
print(importlib.metadata.version(sys.argv[1]))' "$name") || return
        [ "$installed" = "$(python_pin requirements.txt "$name")" ] || fail "$name is $installed" || return
    done
    for name in ansible-core:ansible-playbook ansible-lint:ansible-lint kubernetes-validate:kubernetes-validate \
        check-jsonschema:check-jsonschema; do
        says "$(python_pin requirements.txt "${name%%:*}")" \
            env LC_ALL=C.UTF-8 PATH="$1/venv/bin:$PATH" "$1/venv/bin/${name##*:}" --version || return
    done
    python_move "$1/venv" "$2/venv"
}

# The scripts of an environment name the interpreter by its whole path: let them name the one it will have.
python_move() {
    find "$1/bin" -maxdepth 1 -type f -print0 | xargs -0 grep -lIF "$1" | while read -r script; do
        sed -i.old "s|$1|$2|g" "$script" && rm "$script.old" || return
    done
    "$1/bin/python" -m compileall -q -s "$1" -p "$2" "$1/lib"
}

# What the rendered roles call outside of ansible-core, and what that needs.
COLLECTIONS="community.docker community.library_inventory_filtering_v1"

version_ansible_collections() { echo "ansible $(python_pin ansible-collections.txt ansible): $COLLECTIONS"; }
pins_ansible_collections() {
    cat "$HERE/python/ansible-collections.txt" "$HERE/python/unpack_collections.py"
    echo "$COLLECTIONS"
}
build_ansible_collections() {
    wheel_of ansible-collections.txt "$1/wheel" || return
    # shellcheck disable=SC2086 # one argument each
    python3 "$HERE/python/unpack_collections.py" "$1"/wheel/*.whl "$1" $COLLECTIONS && rm -r "$1/wheel"
}

version_kubernetes_provider_schema() {
    echo "cdktf-cdktf-provider-kubernetes $(python_pin kubernetes-provider.txt cdktf-cdktf-provider-kubernetes)"
}
pins_kubernetes_provider_schema() {
    cat "$HERE/python/kubernetes-provider.txt" "$HERE/python/kubernetes_provider_schema.py"
}
build_kubernetes_provider_schema() {
    wheel_of kubernetes-provider.txt "$1/wheel" || return
    python3 "$HERE/python/kubernetes_provider_schema.py" "$1"/wheel/*.whl >"$1/schema.json" && rm -r "$1/wheel"
}

wheel_of() {
    "$(folder python)/venv/bin/python" -m pip download --no-deps --only-binary :all: \
        --requirement "$HERE/python/$1" --dest "$2"
}
