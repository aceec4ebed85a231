# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Sourced after cache.sh: results as JUnit XML, and the closing line of every check target.

junit_rows=() junit_passed=0 junit_failed=0 junit_skipped=0

junit_escape() { sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g' -e 's/"/\&quot;/g' | tr -d '\000-\010\013\014\016-\037'; }

# junit_add <class> <name> <seconds> <pass|fail|skip> [why]
junit_add() {
    local class name why
    class=$(junit_escape <<<"$1") name=$(junit_escape <<<"$2") why=$(junit_escape <<<"${5:-}")
    local row="  <testcase classname=\"$class\" name=\"$name\" time=\"$3\""
    case $4 in
    pass) junit_passed=$((junit_passed + 1)) row+="/>" ;;
    fail) junit_failed=$((junit_failed + 1)) row+="><failure message=\"$why\"/></testcase>" ;;
    skip) junit_skipped=$((junit_skipped + 1)) row+="><skipped message=\"$why\"/></testcase>" ;;
    esac
    junit_rows+=("$row")
}

# junit_write <suite>: writes build/results/<suite>.xml and prints the closing line; fails if a test
# failed or if there was none.
junit_write() {
    local file=$lis_top/build/results/$1.xml count=${#junit_rows[@]}
    mkdir -p "${file%/*}"
    {
        echo '<?xml version="1.0" encoding="UTF-8"?>'
        echo "<testsuite name=\"$1\" tests=\"$count\" failures=\"$junit_failed\" errors=\"0\" skipped=\"$junit_skipped\">"
        printf '%s\n' "${junit_rows[@]}"
        echo '</testsuite>'
    } >"$file.part"
    mv "$file.part" "$file"
    [[ $junit_skipped == 0 ]] || echo "$junit_skipped skipped"
    echo "$junit_passed passed, $junit_failed failed"
    [[ $junit_failed == 0 && $junit_passed -gt 0 ]]
}
