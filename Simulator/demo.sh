#!/usr/bin/env bash
# Plays a synthetic recording into the detector over a real socket, shows the live page and prints the events it finds.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=.build/release
output=$(mktemp -d "${TMPDIR:-/tmp}/sparkwatch-demo.XXXXXX")
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true' EXIT

echo "Measuring how fast this computer finds events ..."
factor=$("$bin/sparkwatch" bench --strides 4 --print real_time_factor)
speed=$(awk -v factor="$factor" 'BEGIN { speed = 0.8 * factor; if (speed > 1) speed = 1; printf "%.2f", speed }')
if [[ $speed == 1.00 ]]; then
    echo "It keeps up with 147 frame/s $factor times over: playing in real time."
else
    echo "It reaches $factor times 147 frame/s: playing at $speed times real time."
fi

echo "Making a synthetic recording in $output ..."
"$bin/sparksim" synth --output "$output" --count 1 --frames 1500 --seed 11 2>/dev/null

free_port() {
    local port=$1
    while (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
    echo "$port"
}
frames=tcp://127.0.0.1:$(free_port 5755)
events=tcp://127.0.0.1:$(free_port 5775)
port=$(free_port 8777)
page=http://127.0.0.1:$port/

# Somebody who watches ends the show with Ctrl-C; without anybody one round is enough.
rounds=1
if [[ -t 0 ]]; then
    rounds=0
    echo "The recording is played again and again: Ctrl-C ends the demonstration."
fi
if [[ -n ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]] && command -v xdg-open >/dev/null; then
    (sleep 2; xdg-open "$page" >/dev/null 2>&1) &
else
    echo "Open $page in a browser to watch."
fi
"$bin/sparksim" play "$output/01_video.tif" --bind "$frames" --speed "$speed" --loop "$rounds" \
    --wait-for-subscriber --wait 60 >"$output/playback.json" 2>"$output/playback.log" &
player=$!
"$bin/sparkwatch" live --frames "$frames" --events "$events" --page-port "$port" \
    --output "$output" --sound-file "$output/events.wav" --series-count "$rounds" &
detector=$!
# A player that fails has nobody to end the detector's wait.
if ! wait "$player"; then
    kill -INT "$detector" 2>/dev/null || true
    wait "$detector" || true
    echo "The player failed:" >&2
    cat "$output/playback.log" >&2
    exit 1
fi
wait "$detector"
echo "Ground truth: $output/01_events.json; found: $(ls "$output"/sparkwatch-*.csv)"
