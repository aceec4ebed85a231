# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Sourced after cache.sh: packages of any Debian suite, through a private apt.
#
# Each suite has an apt of its own below the cache: sources, lists, archives and an empty package
# status. /etc/apt is read (for its mirror and proxy), never written; nothing is installed. Packages
# are verified with the system's Debian keyring; an index that a mirror has not renewed in time is good
# enough here.

fetch_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The archive that this machine itself uses, whatever mirror that is.
fetch_mirror() {
    local uri
    # shellcheck disable=SC2016 # apt's own variables
    uri=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL) $(CODENAME)' 'Identifier: Packages' |
        awk -v want="$1" '$2 == "Debian" && $3 == want && $4 !~ /-backports/ { print $1; exit }')
    printf '%s\n' "${uri%/}"
}

fetch_sources() {
    local suite=$1 base=${1%-backports} main security
    main=$(fetch_mirror Debian)
    security=$(fetch_mirror Debian-Security)
    [[ $main ]] || die "no Debian archive among this machine's apt sources (has 'apt-get update' been run?)"
    local signed="[arch=amd64 signed-by=$fetch_keyring]"
    echo "deb $signed $main $base main"
    case $base in
    sid) return ;;
    esac
    echo "deb $signed ${security:-$main-security} $base-security main"
    if [[ $suite != "$base" ]]; then echo "deb $signed $main $suite main"; fi
}

fetch_configuration() {
    local suite=$1 dir=$2
    cat <<CONF
Dir::State "$dir/state";
Dir::State::status "$dir/state/status";
Dir::Cache "$dir/cache";
Dir::Etc::sourcelist "$dir/sources.list";
Dir::Etc::sourceparts "$dir/none";
Dir::Etc::preferences "$dir/none/preferences";
Dir::Etc::preferencesparts "$dir/none";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::Check-Valid-Until "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Update::Pre-Invoke;
#clear DPkg::Post-Invoke;
CONF
    # Backports are used only where asked for; other suites include their security updates.
    if [[ $suite == *-backports ]]; then echo "APT::Default-Release \"$suite\";"; fi
}

fetch_prepare() {
    local dir=$3
    mkdir -p "$dir"/state/lists/partial "$dir"/cache/archives/partial "$dir"/none
    : >"$dir/state/status"
    # The directory is renamed when it is whole: the files name its last place.
    fetch_configuration "$1" "$2" >"$dir/apt.conf"
    fetch_sources "$1" >"$dir/sources.list"
}

# fetch_apt <suite> <tool> <arguments...>: runs an apt tool on the suite's private state.
fetch_apt() {
    local suite=$1 tool=$2
    shift 2
    "$tool" -q -c "$lis_cache/apt/$suite/apt.conf" "$@"
}

# fetch_lists <suite>: brings the suite's package lists, unless they are less than a day old.
fetch_lists() {
    local suite=$1 dir=$lis_cache/apt/$1
    command -v apt-get >/dev/null || die "needs apt-get (Debian 12 or 13)"
    [[ -r $fetch_keyring ]] || die "needs the package debian-archive-keyring"
    cache_make "apt/$suite" fetch_prepare "$suite" "$dir"
    if [[ -f $dir/updated && $(find "$dir/updated" -mmin -1440) ]]; then return; fi
    say "package lists of $suite"
    fetch_apt "$suite" apt-get update --error-on=any >"$dir/update.log" 2>&1 ||
        die "apt-get update for $suite failed: $(grep -m1 '^E:' "$dir/update.log")"
    touch "$dir/updated"
}

# fetch_depends <suite> <package>: the names that the package depends on, one a line.
fetch_depends() {
    fetch_apt "$1" apt-cache depends --no-recommends --no-suggests --no-conflicts --no-breaks \
        --no-replaces --no-enhances "$2" | awk '$1 == "Depends:" && $2 !~ /^</ { print $2 }'
}

# fetch_version <suite> <package>: the version that apt would take.
fetch_version() {
    fetch_apt "$1" apt-cache policy "$2" | awk '$1 == "Candidate:" && $2 != "(none)" { print $2 }'
}

# fetch_unpack <suite> closure|only <directory> <package...>
# Downloads the packages (closure: with all that they depend on) and unpacks them below the directory.
# FETCH_TAR_OPTIONS: further options to tar, as to leave parts out.
fetch_unpack() {
    local suite=$1 how=$2 to=$3 log deb debs
    shift 3
    debs=$to.debs log=$to.log
    rm -rf "$debs"
    mkdir -p "$debs/partial" "$to"/usr/{bin,sbin,lib,lib64}
    # Packages of before and after the merge of / and /usr land in the same place.
    ln -sfn -t "$to" usr/bin usr/sbin usr/lib usr/lib64
    case $how in
    closure)
        fetch_apt "$suite" apt-get install -y --download-only -o Dir::Cache::archives="$debs" "$@" >"$log" 2>&1
        ;;
    only)
        (cd "$debs" && fetch_apt "$suite" apt-get download "$@") >"$log" 2>&1
        ;;
    esac || die "cannot download $* of $suite: $(grep -m1 -E '^(E|W):|Err' "$log")"
    for deb in "$debs"/*.deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$to" --keep-directory-symlink "${FETCH_TAR_OPTIONS[@]}"
    done
    rm -rf "$debs" "$log"
}
