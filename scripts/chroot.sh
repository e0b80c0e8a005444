# shellcheck shell=bash
# Sourced by scripts that test on other Debian releases, which bring other versions of PostgreSQL. As root.

bootstrap() { # RELEASE DIRECTORY: installs a minimal Debian there
    local script=()
    # A release newer than debootstrap is made like sid; the empty argument stands for the usual mirror.
    [[ -e /usr/share/debootstrap/scripts/$1 ]] || script=('' /usr/share/debootstrap/scripts/sid)
    rm -rf --one-file-system "$2"
    unshare --mount debootstrap --variant=minbase "$1" "$2" "${script[@]}" >"$2.log" 2>&1 || return 1
    # Security updates, which releases to come have none of; beside where debootstrap got the release from.
    ((${#script[@]})) ||
        sed -n "s|^deb \(.*\)/debian/\? $1 main.*|deb \1/debian-security $1-security main|p" \
            "$2/etc/apt/sources.list" >"$2/etc/apt/sources.list.d/security.list"
    cp --dereference /etc/resolv.conf "$2/etc/"
    # It need not outlive a power failure.
    echo force-unsafe-io >"$2/etc/dpkg/dpkg.cfg.d/agentchat"
    echo 'Acquire::Check-Valid-Until "false";' >"$2/etc/apt/apt.conf.d/agentchat"
}

# Lets apt take that PostgreSQL, and nothing else, from Debian's unstable and experimental, too. Where all have the same
# priority, the newest version counts.
offer_postgresql() { # DIRECTORY VERSION
    local mirror suite
    mirror=$(sed -n 's/^deb \([^ ]*\) .*/\1/p;T;q' "$1/etc/apt/sources.list")
    for suite in unstable experimental; do
        echo "deb $mirror $suite main" >"$1/etc/apt/sources.list.d/$suite.list"
        printf 'Package: %s\nPin: release a=%s\nPin-Priority: %d\n\n' \
            '*' $suite 1 "src:postgresql-$2" $suite 500 >"$1/etc/apt/preferences.d/$suite"
    done
}

# What the command mounts and starts is gone with its namespaces.
in_chroot() { # DIRECTORY COMMAND...
    unshare --pid --fork --kill-child --mount-proc="$1/proc" chroot "$1" sh -c 'cd /agentchat && "$@"; exit' sh "${@:2}"
}

# The checkout, without build files, and what scripts/setup has installed from npm: how this machine gets there (by
# what proxy, with which certificates and settings) need not hold inside.
copy_checkout() { # DIRECTORY
    mkdir "$1/agentchat"
    { git -c safe.directory="$PWD" ls-files -z && find . -name node_modules -prune -printf '%P\0'; } |
        tar --null -T - -c | tar -x -C "$1/agentchat"
}

# As bootstrap, with a second chance for the downloads, and what went wrong.
bare_debian() { # RELEASE DIRECTORY
    bootstrap "$@" || bootstrap "$@" || { tail -n 20 "$2.log" && return 1; }
}

copy_debian() { # DIRECTORY COPY: which gets the folder of in_chroot
    cp --archive --one-file-system --reflink=auto "$1" "$2"
    mkdir "$2/agentchat"
}

# Installs no package that is only recommended. The locale is that of a cluster that a package makes.
apt_get_in() { # DIRECTORY ARGUMENT...
    in_chroot "$1" env DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 \
        apt-get -qq --yes --no-install-recommends -o Acquire::Retries=3 "${@:2}"
}

# Scripts that are a row of steps. The folder $work is gone in the end, and so is all in it. The last line is
# "N passed, N failed".
begin_steps() { # NAME
    work=$(mktemp -d -t "agentchat-$1.XXXXXX")
    this_step='' passed=0
    exec {steps_output}>&1
    trap end_steps EXIT
    trap 'exit 143' HUP INT TERM
}

# Prints the name and the seconds. If the command fails, or a command of a function, all that it has said is printed,
# and the script ends.
step() { # NAME COMMAND...
    this_step=$1 SECONDS=0
    "${@:2}" >"$work/output" 2>&1 </dev/null
    printf '%4d s  %s\n' "$SECONDS" "$this_step"
    this_step='' passed=$((passed + 1))
}

end_steps() {
    local status=$?
    # A signal comes in the middle of a step, whose output goes to a file.
    exec >&"$steps_output"
    if ((status)) && [[ $this_step ]]; then
        cat "$work/output"
        printf '%4d s  %s: failed\n' "$SECONDS" "$this_step"
    fi
    rm -rf --one-file-system "$work"
    printf '\n%d passed, %d failed\n' "$passed" "$((status > 0))"
}
