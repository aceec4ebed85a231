# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced: runs named test cases, prints one line each, and writes JUnit.

junit_passed=0 junit_failed=0 junit_cases=''

junit_escape() { tr -d '\000-\010\013\014\016-\037' | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g; s/"/\&quot;/g'; }

# junit_case <name> <command...>: its exit status decides; its output is kept in the report, and
# shown if it fails.
junit_case() {
    local name=$1 start=$SECONDS status text
    shift
    # Not `|| status=$?`: the shell would then go on after a failure inside the function.
    set +e
    text=$(
        set -e
        "$@" 2>&1
    )
    status=$?
    set -e
    if ((status == 0)); then
        junit_passed=$((junit_passed + 1))
        echo "ok   $name ($((SECONDS - start)) s)"
        text=
    else
        junit_failed=$((junit_failed + 1))
        echo "FAIL $name ($((SECONDS - start)) s)"
        tail -n 30 <<<"$text" | sed 's/^/     /'
        text="<failure>$(tail -n 200 <<<"$text" | junit_escape)</failure>"
    fi
    junit_cases+="  <testcase classname=\"build\" name=\"$(junit_escape <<<"$name")\" time=\"$((SECONDS - start))\">$text</testcase>"$'\n'
}

# junit_finish <file>: the report, the last line, and the exit status of the whole run.
junit_finish() {
    mkdir -p "$(dirname "$1")"
    cat >"$1" <<XML
<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="build" tests="$((junit_passed + junit_failed))" failures="$junit_failed">
$junit_cases</testsuite>
XML
    echo "$junit_passed passed, $junit_failed failed"
    ((junit_failed == 0 && junit_passed > 0))
}
