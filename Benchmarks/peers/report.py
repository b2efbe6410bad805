"""Tables of what the engines took."""
import statistics

OURS = "Sparkwatch"
OURS_WHOLE = "Sparkwatch, whole windows"


def rows(times, differences):
    """One row per engine.

    `times` holds ms per round; ratios are those to Sparkwatch's stride of the same round, as medians over the rounds.
    """
    result = []
    for name, values in times.items():
        ratios = [value / ours for value, ours in zip(values, times[OURS])]
        result.append({
            "engine": name,
            "ms_per_stride": round(statistics.median(values), 1),
            "ratio": round(statistics.median(ratios), 2),
            "lowest_ratio": round(min(ratios), 2),
            "highest_ratio": round(max(ratios), 2),
            "largest_probability_difference": differences.get(name),
        })
    return result


def title(result):
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return (
        f"{result['date']}, {result['processor']}, {result['threads']} threads, {result['frame']} pixels, f32, "
        f"{result['model']}; {versions}; medians of {result['rounds']} rounds in turns."
    )


def cells(row):
    difference = row["largest_probability_difference"]
    return (
        row["engine"],
        f"{row['ms_per_stride']:.1f}",
        f"{row['ratio']:.2f}",
        f"{row['lowest_ratio']:.2f} to {row['highest_ratio']:.2f}",
        "-" if difference is None else f"{difference:.1e}",
    )


HEADER = ("engine", "ms per stride", "times Sparkwatch", "over the rounds", "largest probability difference")


def text(result):
    lines = [HEADER, *(cells(row) for row in result["rows"])]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]
    return "\n".join([title(result), "", *table])


def markdown(result):
    lines = [HEADER, ("---",) * len(HEADER), *(cells(row) for row in result["rows"])]
    return "\n".join([title(result), "", *("| " + " | ".join(line) + " |" for line in lines)]) + "\n"
