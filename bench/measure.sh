# shellcheck shell=bash
# Sourced by bench/run and bench/growth: how they measure, and how they print.

sql() { # psql's arguments
    psql -XAtq -v ON_ERROR_STOP=1 "$@"
}

row() { # WHAT AGAINST times|rate|share WANTED [UNIT]: reads a round per line, our value and the other one
    bench/record.js row "$1" "$2" "$3" "$4" "${5:-ms}"
}

figure() { # WHAT VALUE [WANTED]
    bench/record.js figure "$@"
}

point() { # PLOT NAME SIZE: reads the values of the rounds
    bench/record.js point "$@"
}

compared() { # QUERY OTHER_QUERY: both within the server; prints the milliseconds of each round
    sql -F ' ' -v query="$1" -v other="$2" <<<"SELECT * FROM bench.compare(:'query', :'other')"
}

latency() { # PGBENCH_ARGUMENT...: the median of its transactions, in milliseconds. Statements are prepared, as by drivers
    rm -f "$TMPDIR"/log.*
    pgbench -n -M prepared --log --log-prefix="$TMPDIR/log" "$@" >/dev/null 2>"$TMPDIR/errors" ||
        { cat "$TMPDIR/errors" >&2 && return 1; }
    cut -d ' ' -f 3 "$TMPDIR"/log.* | sort -n | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] / 1000 }'
}

alternately() { # ROUNDS COMMAND OTHER_COMMAND: prints what both print, in turns
    local round
    for ((round = 0; round < $1; round++)); do
        echo "$($2) $($3)"
    done
}
