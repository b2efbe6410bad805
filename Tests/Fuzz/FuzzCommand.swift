import CFuzzer
import Foundation

/// Feeds a reader with inputs that libFuzzer makes of a corpus, guided by what the last ones reached.
///
///     fuzz                             names the targets
///     fuzz TARGET [OPTION ...] [PATH ...]   options and paths as libFuzzer takes them; a file is read once
@main
struct FuzzCommand {
    // Set once, before libFuzzer calls back.
    private nonisolated(unsafe) static var read: ([UInt8]) -> Void = { _ in }

    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count > 1 else {
            for target in FuzzTarget.all { print(target.name) }
            return
        }
        guard let target = FuzzTarget.all.first(where: { $0.name == arguments[1] }) else {
            let names = FuzzTarget.all.map(\.name).joined(separator: ", ")
            FileHandle.standardError.write(Data("no target has the name '\(arguments[1])'; use \(names)\n".utf8))
            exit(2)
        }
        read = target.read
        let ownOptions = ["-max_len=\(target.largestByteCount)"]
        let texts = [arguments[0]] + ownOptions + arguments.dropFirst(2)
        var values: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
        var count = Int32(texts.count)
        let status = values.withUnsafeMutableBufferPointer { values in
            var start = values.baseAddress
            return LLVMFuzzerRunDriver(&count, &start) { bytes, count in
                FuzzCommand.read(Array(UnsafeBufferPointer(start: bytes, count: count)))
                return 0
            }
        }
        exit(status)
    }
}
