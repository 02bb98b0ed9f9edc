# Sourced by the other tools: finds what is missing to build, and installs it where that is allowed.
# Looks at the machine, not at a package manager: nothing is called when all is there.

has_command() { command -v "$1" >/dev/null 2>&1; }

has_header() {
    local compiler=${CXX:-g++}
    if has_command "${compiler%% *}"; then
        printf '#include <%s>\n' "$1" | $compiler ${CXXFLAGS:-} -E -x c++ - >/dev/null 2>&1
    else
        [ -e "/usr/include/$1" ]
    fi
}

has_postgres() {
    local directory
    if [ -n "${PGCORO_POSTGRES_BIN:-}" ]; then
        [ -x "$PGCORO_POSTGRES_BIN/postgres" ] && [ -x "$PGCORO_POSTGRES_BIN/initdb" ]
        return
    fi
    for directory in /usr/lib/postgresql*/bin /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
        /usr/local/pgsql/bin /usr/libexec/postgresql* /opt/homebrew/opt/postgresql*/bin \
        /usr/local/opt/postgresql*/bin; do
        [ -x "$directory/postgres" ] && [ -x "$directory/initdb" ] && return 0
    done
    has_command postgres && has_command initdb
}

# What is missing: a line "PACKAGE DESCRIPTION" each, PACKAGE being Debian's. `for_tests` adds what
# only the tests need, `optional` what they can do without.
missing() {
    local what
    for what in "$@"; do
        case $what in
        build)
            has_command "$(echo "${CXX:-g++}" | cut -d" " -f1)" || echo "g++ a C++20 compiler (${CXX:-g++})"
            has_command meson || echo "meson Meson"
            has_command ninja || echo "ninja-build Ninja"
            has_command pkg-config || echo "pkg-config pkg-config"
            has_header asio/version.hpp || echo "libasio-dev standalone Asio's headers"
            has_header openssl/ssl.h || echo "libssl-dev OpenSSL's headers"
            has_postgres || echo "postgresql PostgreSQL's server programs (or set PGCORO_POSTGRES_BIN)"
            ;;
        for_tests)
            has_header catch2/catch.hpp || has_header catch2/catch_test_macros.hpp ||
                echo "catch2 Catch2"
            ;;
        optional)
            has_command ccache || echo "ccache ccache"
            has_command strace || echo "strace strace"
            has_command valgrind || echo "valgrind valgrind"
            has_command cmake || echo "cmake CMake"
            has_header postgresql/libpq-fe.h || has_header libpq-fe.h || echo "libpq-dev libpq"
            has_command pgbouncer || [ -x /usr/sbin/pgbouncer ] || echo "pgbouncer PgBouncer"
            has_command pgpool || [ -x /usr/sbin/pgpool ] || echo "pgpool2 Pgpool-II"
            has_header gssapi/gssapi.h || echo "libkrb5-dev GSSAPI's headers"
            [ -x /usr/sbin/krb5kdc ] || echo "krb5-kdc Kerberos' server"
            [ -x /usr/sbin/kadmin.local ] || echo "krb5-admin-server kadmin.local"
            has_command kinit || echo "krb5-user kinit"
            has_header nlohmann/json.hpp || echo "nlohmann-json3-dev nlohmann-json's headers"
            # The version is in the package's name; and it would push another Boost out.
            [ -e /usr/include/boost ] || ! grep -q '^VERSION_ID="12"' /etc/os-release 2>/dev/null ||
                has_header boost/json.hpp || echo "libboost-json1.81-dev Boost.JSON's headers"
            ;;
        esac
    done
}

# Debian starts the services of the packages that it installs; ours are private, so nobody wants
# these. This is the way that it leaves to say so. An administrator's own rule stays.
policy=/usr/sbin/policy-rc.d
install_packages() {
    local sudo=$1 result
    if [ -e "$policy" ]; then
        install_without_cluster "$@"
        return
    fi
    trap : INT TERM # the rule must go again, even if apt-get is interrupted
    printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null && $sudo chmod 755 "$policy"
    install_without_cluster "$@"
    result=$?
    $sudo rm -f "$policy"
    trap - INT TERM
    return $result
}

# Nor does anybody want the cluster that Debian makes when the server is installed.
install_without_cluster() {
    local sudo=$1 main=/etc/postgresql-common/createcluster.conf
    shift
    local apt="$sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends"
    $sudo apt-get -q update || return
    case " $* " in
    *" postgresql "*)
        $apt install postgresql-common || return
        $sudo cp -p $main $main.before-pgcoro
        echo 'create_main_cluster = false' | $sudo tee -a $main >/dev/null
        $apt install "$@"
        local result=$?
        $sudo mv $main.before-pgcoro $main
        return $result
        ;;
    esac
    $apt install "$@"
}

# ensure INSTALL KIND...: returns 1 when something needed is missing and can't be had, after naming
# it. INSTALL is yes or no.
ensure() {
    local install=$1 lines sudo='' packages
    shift
    lines=$(missing "$@")
    [ -z "$lines" ] && return 0
    if [ "$install" = yes ] && has_command apt-get; then
        if [ "$(id -u)" = 0 ] || { has_command sudo && sudo -n true 2>/dev/null && sudo=sudo; }; then
            packages=$(echo "$lines" | cut -d' ' -f1 | sort -u | tr '\n' ' ')
            echo "Installing: $packages"
            install_packages "$sudo" $packages || echo "apt-get failed."
        fi
    fi
    lines=$(missing optional)
    [ -n "$lines" ] && case " $* " in
    *" optional "*) echo "Not there, and some tests are skipped or slower without it:" &&
        echo "$lines" | sed 's/^\([^ ]*\) \(.*\)/  \2 (Debian package \1)/' ;;
    esac
    lines=$(missing $(echo "$@" | sed 's/optional//'))
    [ -z "$lines" ] && return 0
    echo "Missing, and it can't be installed from here:"
    echo "$lines" | sed 's/^\([^ ]*\) \(.*\)/  \2 (Debian package \1)/'
    return 1
}
