import ArgumentParser
import Foundation
import Imaging

/// Measures several frame sizes, each in a process of its own, so that the peak memory is its own too.
struct SizeSweep {
    let sizes: [FrameSize]
    /// Options of `sparkwatch bench` that all sizes share.
    let options: [String]

    func reports() throws -> [BenchReport] {
        let progress = ProgressLine(name: "Frame sizes", total: sizes.count, unit: "measured")
        defer { progress.finish() }
        return try sizes.enumerated().map { index, size in
            defer { progress.show(index + 1) }
            return try report(of: size)
        }
    }

    private func report(of size: FrameSize) throws -> BenchReport {
        let process = Process(), output = Pipe()
        process.executableURL = Bundle.main.executableURL
        let sizeOptions = ["--height", "\(size.height)", "--width", "\(size.width)"]
        process.arguments = ["bench", "--json"] + sizeOptions + options
        process.standardOutput = output
        try process.run()
        let result = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ExitCode(process.terminationStatus) }
        return try JSONDecoder().decode(BenchReport.self, from: result)
    }
}

extension FrameSize: ExpressibleByArgument {
    /// Reads HEIGHTxWIDTH.
    package init?(argument: String) {
        let extents = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard extents.count == 2, let height = extents[0], let width = extents[1], height > 0, width > 0 else {
            return nil
        }
        self.init(height: height, width: width)
    }

    package var defaultValueDescription: String { "\(height)x\(width)" }
}
