import Foundation

extension BenchReport {
    /// Layers, stages and the whole stride, one line each.
    var text: String {
        var lines = [
            "\(frameHeight) x \(frameWidth) pixels, \(work), \(threads) threads, \(instructionSet), \(algorithm); "
                + "\(processor); medians of \(strides) strides",
            Self.line("", "", "ms", "GFLOP", "GFLOP/s", "% of FMA peak", "pieces"),
        ]
        for (index, row) in table.enumerated() {
            if index > 0, table[index - 1].kind != row.kind { lines.append("") }
            lines.append(
                Self.line(
                    row.name,
                    row.method,
                    Self.number(row.milliseconds, digits: 2),
                    Self.number(row.gigaOperations, digits: 3),
                    Self.number(row.gigaOperationsPerSecond, digits: 1),
                    Self.number(row.percentOfPeak, digits: 1),
                    row.pieces.map(String.init) ?? "-"
                )
            )
        }
        let percentiles = [strideMilliseconds, strideMilliseconds95, strideMilliseconds99]
            .map { Self.number($0, digits: 1) }
        lines += [
            "",
            "p50, p95, p99 of a stride: \(percentiles.joined(separator: ", ")) ms; "
                + "from its last frame to the result: \(Self.number(delayMilliseconds, digits: 1)) ms",
            "serial \(Self.number(serialMilliseconds, digits: 1)) ms of a stride, in which one thread computes; the smallest "
                + "layer has \(table.compactMap(\.pieces).min() ?? 0) pieces for \(threads) threads",
            "FMA peak \(Self.number(peakGigaOperationsPerSecond, digits: 1)) GFLOP/s, "
                + "real-time factor \(Self.number(realTimeFactor, digits: 2)), "
                + "peak memory \(Self.number(peakMemoryMegabytes, digits: 0)) MB",
        ]
        return lines.joined(separator: "\n")
    }

    /// One line per report, under a header.
    static func comparison(_ reports: [BenchReport]) -> String {
        let header = comparisonLine(
            "pixels",
            "threads",
            "ms",
            "p95",
            "GFLOP",
            "% of FMA peak",
            "real time",
            "MB",
            "efficiency"
        )
        let lines = reports.map { report in
            comparisonLine(
                "\(report.frameHeight) x \(report.frameWidth)",
                "\(report.threads)",
                number(report.strideMilliseconds, digits: 1),
                number(report.strideMilliseconds95, digits: 1),
                number(report.gigaOperations, digits: 1),
                number(report.percentOfPeak, digits: 1),
                number(report.realTimeFactor, digits: 2),
                number(report.peakMemoryMegabytes, digits: 0),
                report.parallelEfficiencyPercent.map { number($0, digits: 1) + " %" } ?? "-"
            )
        }
        let first = reports.first.map { "\($0.work), \($0.instructionSet), \($0.algorithm); \($0.processor)" } ?? ""
        return ([first, header] + lines).joined(separator: "\n")
    }

    private static func line(_ name: String, _ method: String, _ numbers: String...) -> String {
        name.padded(to: 28) + method.padded(to: 10) + numbers.map { $0.padded(to: -15) }.joined()
    }

    private static func comparisonLine(_ size: String, _ numbers: String...) -> String {
        size.padded(to: 12) + numbers.map { $0.padded(to: -15) }.joined()
    }

    private static func number(_ value: Double?, digits: Int) -> String {
        value.map { String(format: "%.\(digits)f", $0) } ?? "-"
    }
}

extension String {
    /// Filled up with spaces behind, or before if `width` is negative.
    fileprivate func padded(to width: Int) -> String {
        let spaces = String(repeating: " ", count: max(1, abs(width) - count))
        return width < 0 ? spaces + self : self + spaces
    }
}
