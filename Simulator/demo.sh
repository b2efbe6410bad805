#!/usr/bin/env bash
# Plays a synthetic recording into the detector over a real socket and prints the events it finds.
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

"$bin/sparksim" play "$output/01_video.tif" --bind tcp://127.0.0.1:5755 --speed "$speed" \
    --wait-for-subscriber --wait 60 >"$output/playback.json" 2>/dev/null &
"$bin/sparkwatch" live --frames tcp://127.0.0.1:5755 --events tcp://127.0.0.1:5756 \
    --output "$output" --series-count 1
wait
echo "Ground truth: $output/01_events.json; found: $output/*.csv"
