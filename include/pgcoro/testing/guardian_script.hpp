#pragma once

#include <string_view>

namespace pgcoro::testing {

/// What the guardian does: reads verbs from its standard input until that ends, then cleans up. In
/// POSIX shell. Its argument is the directory it owns; descriptor 3 is where it answers.
///
/// `run` waits for a program and keeps what it says in the file output. `start` starts the server
/// and a shell that waits for it and tells of its end; the file running is there as long as the
/// server is, so that its number is never used for a process that took it over.
inline constexpr std::string_view guardian_script = R"script(
dir=$1
server=
exec 3>&1 >/dev/null 2>&1
clean_up() {
    trap '' HUP INT TERM
    if [ -e "$dir/running" ] && kill -QUIT "$server"; then
        turns=0
        while [ -e "$dir/running" ] && [ "$turns" -lt 1000 ]; do
            sleep 0.01 || sleep 1
            turns=$((turns + 1))
        done
        [ -e "$dir/running" ] && kill -KILL "$server"
    fi
    rm -rf "$dir" || { sleep 1; rm -rf "$dir"; }
}
run() {
    "$@" </dev/null >"$dir/output" 2>&1 3>&-
    echo "done $?" >&3
}
start() {
    : >"$dir/running"
    server=$(
        {
            "$@" </dev/null >>"$dir/log" 2>&1 3>&- &
            echo $!
            exec >&3
            wait $!
            code=$?
            rm -f "$dir/running"
            echo "exited $code"
        } &
    )
    echo "started $server" >&3
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
echo ready >&3
while IFS= read -r verb; do
    eval "$verb"
done
)script";

} // namespace pgcoro::testing
