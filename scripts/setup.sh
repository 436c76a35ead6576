#!/bin/sh
# Installs what a fresh Debian lacks for building and testing: a C compiler, Python's headers and venv, libffi, lld.
set -eu
missing=
need() { dpkg -s "$1" >/dev/null 2>&1 || missing="$missing $1"; }
command -v cc >/dev/null || need gcc
command -v make >/dev/null || need make
command -v pkg-config >/dev/null || need pkg-config
python3 -c 'import venv, ensurepip' 2>/dev/null || need python3-venv
python3 -c 'import sysconfig, pathlib, sys; sys.exit(not pathlib.Path(sysconfig.get_paths()["include"], "Python.h").exists())' 2>/dev/null || need python3-dev
need libffi-dev
[ -z "$missing" ] && exit 0
run=
[ "$(id -u)" = 0 ] || run=sudo
$run apt-get update -qq
DEBIAN_FRONTEND=noninteractive $run apt-get install -y -qq $missing
