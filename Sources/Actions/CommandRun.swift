import Dispatch
import Foundation

/// Runs a program for a trigger; no shell is involved.
struct CommandRun {
    let program: String
    let arguments: [String]
    let timeoutMilliseconds: Int

    /// - Parameter json: the trigger, handed over in the environment variable `SPARKWATCH_TRIGGER`.
    /// - Returns: acknowledged if the program ended with status 0 in time; if it did not end, it is killed.
    func run(_ json: String) -> ActionResult {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["SPARKWATCH_TRIGGER": json]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let end = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in end.signal() }
        do {
            try process.run()
        } catch {
            return ActionResult(isAcknowledged: false, attempts: 1, detail: "cannot be started: \(error)")
        }
        guard end.wait(timeout: .now() + .milliseconds(timeoutMilliseconds)) == .success else {
            kill(process.processIdentifier, SIGKILL)
            return ActionResult(isAcknowledged: false, attempts: 1, detail: "killed after \(timeoutMilliseconds) ms")
        }
        let status = process.terminationStatus
        return ActionResult(isAcknowledged: status == 0, attempts: 1, detail: "exit status \(status)")
    }
}
