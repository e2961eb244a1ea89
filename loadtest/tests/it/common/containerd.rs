//! A stand-in for containerd's client and the wasmtime shim, which prints what they print.

use std::fs;
use std::os::unix::fs::symlink;

use super::script::script;
use super::spin::Here;

/// `ctr`, as far as it is asked for. What it keeps is in files beside it; `asked` has each command line.
const CTR: &str = r#"#!/bin/sh
here=$(cd "${0%/*}/.." && pwd)
PATH=/usr/bin:/bin
echo "$*" >> "$here/asked"
if [ -e "$here/dead" ]; then
    echo 'ctr: failed to dial "/run/containerd/containerd.sock": connect: connection refused' >&2
    exit 1
fi
mkdir -p "$here/kept"
[ "$1" = --connect-timeout ] && shift 2
if [ "$1" = --namespace ]; then
    namespace=$2; shift 2
    kept="$here/kept/$namespace"
    mkdir -p "$kept/containers" "$kept/images"
fi
case "$1 $2" in
"version "*)
    printf 'Client:\n  Version:  1.6.20~ds1\n  Revision: 1.6.20~ds1-1\n  Go version: go1.19.8\n\n'
    printf 'Server:\n  Version:  1.6.20~ds1\n  Revision: 1.6.20~ds1-1\n  UUID: 1\n' ;;
"images import")
    for archive; do :; done
    name=$(tar xOf "$archive" index.json | sed 's/.*"io.containerd.image.name":"\([^"]*\)".*/\1/')
    echo "unpacking $name (sha256:0)...done"
    echo "$name" > "$kept/images/$(echo "$name" | tr / _)" ;;
"images ls") cat "$kept/images/"* 2>/dev/null ;;
"images rm") for name; do :; done; rm -f "$kept/images/$(echo "$name" | tr / _)"; echo "$name" ;;
"containers ls") ls "$kept/containers" ;;
"containers rm") rm -rf "$kept/containers/$3" ;;
"tasks ls")
    echo 'TASK    PID      STATUS    '
    for task in "$kept/containers/"*; do
        [ -e "$task/pid" ] && echo "${task##*/}    $(cat "$task/pid")    RUNNING"
    done ;;
"tasks rm") for name; do :; done; kill -9 "$(cat "$kept/containers/$name/shim")" ;;
"snapshots ls") echo 'KEY PARENT KIND ' ;;
"leases "*) ;;
"namespaces ls") ls "$here/kept" ;;
"namespaces rm") cd "$here/kept/$4" && rmdir containers images && rmdir "$here/kept/$4" ;;
"run "*)
    [ -e "$here/dies" ] && mv "$here/dies" "$here/dead" && exit 1
    for last; do image=$name; name=$last; done
    while [ $# -gt 0 ]; do
        case "$2" in
        MODE=*) mode=${2#MODE=} ;;
        WASMTIME_HTTP_PROXY_SOCKET_ADDR=*) address=${2#*=} ;;
        esac
        shift
    done
    if ! grep -qxF "$image" "$kept/images/"*; then
        echo "ctr: image \"$image\": not found" >&2
        exit 1
    fi
    if [ "$mode" = once ]; then
        printf '{\n  "moscow_time": "2026-04-22 22:46:57 MSK",\n  "timestamp": 1776887217\n}\n'
    elif [ -n "$address" ]; then
        container="$kept/containers/$name"
        mkdir "$container"
        trap 'kill "$shim"; kill "$(cat "$container/pid")"; rm -rf "$container"; exit 0' TERM
        "$here/shims/containerd-shim-wasmtime-v1" "$here/bin/serve" -namespace "$namespace" -id "$name" "$address" &
        shim=$!
        echo "$shim" > "$container/shim"
        wait
    fi ;;
esac
"#;

/// What the shim does with a component: it serves it, by a process that it starts.
const SERVE: &str = r#"
here=$(cd "${0%/*}/.." && pwd)
cd "$here" && "$LOADTEST" serve --component-id guest --listen "$5" &
echo $! > "$here/kept/$2/containers/$4/pid"
wait
"#;

/// What the shim says of itself.
const SHIM: &str = "#!/bin/sh
echo 'containerd-shim-wasmtime-v1:'
echo '  Runtime: wasmtime'
echo '  Version: 0.6.0'
echo '  Revision: 0000000'
echo
";

impl Here {
    /// Where `ctr` and the shim are stand-ins that run what is imported.
    pub fn with_containerd() -> Self {
        let here = Self::new();
        let bin = here.path().join("bin");
        script(&bin.join("ctr"), CTR);
        script(&bin.join("containerd-shim-wasmtime-v1"), SHIM);
        script(&bin.join("true"), "#!/bin/sh\n");
        fs::write(bin.join("serve"), SERVE).unwrap();
        // A process is known as a shim by the name of its program.
        fs::create_dir(here.path().join("shims")).unwrap();
        symlink("/bin/sh", here.path().join("shims/containerd-shim-wasmtime-v1")).unwrap();
        here
    }

    /// What `ctr` keeps: namespaces, with the containers and images in them.
    pub fn kept(&self) -> Vec<String> {
        let kept = self.path().join("kept");
        let mut all = Vec::new();
        for namespace in super::program::files_in(&kept) {
            let held = |what| super::program::files_in(&kept.join(&namespace).join(what));
            all.extend(["containers", "images"].into_iter().flat_map(held));
            all.push(namespace);
        }
        all
    }
}
