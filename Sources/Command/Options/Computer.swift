public import ArgumentParser
public import CKernels
import Foundation
import Session

/// What this process runs on.
enum Computer {
    /// The instruction set that the kernels use.
    static var instructionSet: String { ckernels_isa().name }

    /// Largest memory that was ever resident, in MB (10^6 bytes).
    static var peakMemoryMegabytes: Double {
        var usage = rusage()
        #if canImport(Glibc)
            getrusage(RUSAGE_SELF.rawValue, &usage)
        #else
            getrusage(RUSAGE_SELF, &usage)
        #endif
        #if canImport(Darwin)
            let bytesPerUnit = 1.0
        #else
            let bytesPerUnit = 1024.0
        #endif
        return (Double(usage.ru_maxrss) * bytesPerUnit / 1e5).rounded() / 10
    }

    /// Memory that programs can still be given, in bytes; nil where the system does not say.
    static var availableMemoryByteCount: Int? {
        let information = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
        let line = information.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return kilobytes.map { 1024 * $0 }
    }

    /// Memory that this process may use, in bytes: that of the computer, less where a limit is set.
    static var memoryByteCount: Int {
        var limits = [Int(clamping: ProcessInfo.processInfo.physicalMemory)]
        var limit = rlimit()
        #if canImport(Glibc)
            let status = getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        #else
            let status = getrlimit(RLIMIT_AS, &limit)
        #endif
        if status == 0 { limits.append(Int(clamping: limit.rlim_cur)) }
        for file in ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"] {
            let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            limits += Int(text.trimmingCharacters(in: .whitespacesAndNewlines)).map { [$0] } ?? []
        }
        return limits.min() ?? .max
    }

    static func description(threads: Int) -> DeviceDescription {
        DeviceDescription(instructionSet: instructionSet, processor: "\(processorName), \(threads) threads")
    }

    static var processorName: String {
        let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = information.split(separator: "\n").first { $0.hasPrefix("model name") }
        let name = line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
        return name ?? "CPU"
    }
}

extension CKernelsISA {
    var name: String {
        switch self {
        case .portable: "portable"
        case .avx2: "avx2"
        case .avx512: "avx512"
        @unknown default: "unknown"
        }
    }
}

extension CKernelsISA: @retroactive ExpressibleByArgument {
    public init?(argument: String) {
        guard let isa = [CKernelsISA.portable, .avx2, .avx512].first(where: { $0.name == argument }) else { return nil }
        self = isa
    }
}
