#!/usr/bin/env bash
# Plays a synthetic recording into the detector over a real socket, shows the live page and prints the events it finds.
# A rehearsal with the very same settings finds out how fast this computer can be shown the recording.
set -euo pipefail

folder=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
bin=$folder
[[ -x $folder/../.build/release/sparkwatch ]] && bin=$(cd "$folder/../.build/release" && pwd)
output=$(mktemp -d "${TMPDIR:-/tmp}/sparkwatch-demo.XXXXXX")
recording=$output/01_video.tif
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true' EXIT

# More frames must never wait for detection.
most_waiting=64
# A rehearsal has the moment at which most frames wait, the end of the first window. Where it is too fast, room is left.
most_waiting_slowed=58
# The part of its speed at which the detector is kept busy where it is slower than the microscope.
busy_part=0.65
rehearsed_frames=416

# What other programs do, before this one does anything.
load=$(awk '{ print $1 }' /proc/loadavg 2>/dev/null || echo 0)

free_port() {
    local port=$1
    while (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
    echo "$port"
}
frames=tcp://127.0.0.1:$(free_port 5755)
events=tcp://127.0.0.1:$(free_port 5775)
port=$(free_port 8777)
page=http://127.0.0.1:$port/

# Plays into the detector: output folder, rounds, options of the player.
play() {
    local results=$1 rounds=$2 player detector
    shift 2
    mkdir -p "$results"
    "$bin/sparksim" play "$recording" --bind "$frames" --loop "$rounds" --wait-for-subscriber --wait 60 "$@" \
        >"$results/playback.json" 2>"$results/playback.log" &
    player=$!
    "$bin/sparkwatch" live --frames "$frames" --events "$events" --page-port "$port" --output "$results" \
        --sound-file "$results/events.wav" --series-count "$rounds" &
    detector=$!
    # Whoever fails leaves the other waiting for nothing.
    if ! { wait -n "$player" "$detector" && wait "$player" && wait "$detector"; }; then
        kill -INT "$player" "$detector" 2>/dev/null || true
        wait "$player" "$detector" || true
        cat "$results/playback.log" >&2
        return 1
    fi
}

# A number of what the last series came to.
result() { sed -n 's/.*"'"$2"'":\([0-9.]*\).*/\1/p' "$1"/*.jsonl | tail -n 1; }

calculate() { awk "BEGIN { printf \"%.2f\", $1 }"; }
holds() { awk "BEGIN { exit !($1) }"; }

echo "Making a synthetic recording in $output ..."
"$bin/sparksim" synth --output "$output" --count 1 --frames 1500 --seed 11 2>/dev/null

if [[ -n ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]] && command -v xdg-open >/dev/null; then
    (sleep 2; xdg-open "$page" >/dev/null 2>&1) &
else
    echo "Open $page in a browser to watch."
fi

echo "Rehearsing: measuring how fast this computer finds events with these settings ..."
speed=1.00
for attempt in 1 2; do
    rehearsal=$output/rehearsal-$attempt
    play "$rehearsal" 1 --frames "$rehearsed_frames" --speed "$speed" 2>&1 | sed -u 's/^/    | /'
    factor=$(result "$rehearsal" rtf)
    waiting=$(result "$rehearsal" backlog_max_frames)
    if [[ -z $factor || -z $waiting ]]; then
        echo "The rehearsal decided nothing." >&2
        exit 1
    fi
    echo "  at $speed times real time: events are found $factor times as fast as recorded, at most $waiting frames wait"
    holds "$waiting <= $most_waiting" && break
    # More frames wait in proportion to the speed, unless detection does not keep up at all.
    slower=$(calculate "$speed * $most_waiting_slowed / $waiting")
    supported=$(calculate "$busy_part * $factor")
    if holds "$supported < $slower"; then slower=$supported; fi
    # However slow the computer, something is to be seen.
    if holds "$slower < 0.05"; then slower=0.05; fi
    speed=$slower
done

if [[ $speed == 1.00 ]]; then
    echo "It keeps up: playing in real time."
elif holds "$speed > 0.8"; then
    echo "Playing at $speed times real time, so that never more than $most_waiting frames wait. This computer is only just too slow."
else
    cores=$(nproc)
    echo "Playing at $speed times real time, so that never more than $most_waiting frames wait."
    echo "Real time would take a computer about $(calculate "1 / $speed") times as fast:"
    if holds "$load > $cores / 2"; then echo "  - this one without other programs (its load is $load)"; fi
    echo "  - more cores (here $cores)"
    if ! grep -qs avx512f /proc/cpuinfo; then echo "  - a processor with AVX-512"; fi
    echo "  - no early warnings of waves (--provisional off)"
fi

# Somebody who watches ends the show with Ctrl-C; without anybody one round is enough.
rounds=1
if [[ -t 0 ]]; then
    rounds=0
    echo "The recording is played again and again: Ctrl-C ends the demonstration."
fi
play "$output" "$rounds" --speed "$speed"
echo "Ground truth: $output/01_events.json; found: $(ls "$output"/sparkwatch-*.csv)"
