import Foundation
import Session
import Triggers
import Wire

/// Events on standard output, notes and a line that refreshes on standard error.
///
/// Safe to use from any thread; nothing but ``finish()`` waits for the terminal.
package final class Console: Sendable {
    private let showsStatus: Bool
    private let writer = LineWriter()

    /// - Parameter showsStatus: False, or a standard error that is no terminal, leaves the refreshing line out.
    package init(showsStatus: Bool) { self.showsStatus = showsStatus && isatty(STDERR_FILENO) == 1 }

    /// Prints one line on an event: when, what, where, how large; one that is not final is marked.
    func show(_ event: EventMessage) {
        let amplitude = (event.parameters["amplitude_dff0"] ?? nil).map { String(format: "%5.2f", $0) } ?? "    -"
        let position = event.centroidMicrometres
        let line = String(
            format: "%9.3f s  %@  x %6.1f µm  y %5.1f µm  dF/F0 %@  %6.0f ms  %8.1f µm2%@",
            event.startMilliseconds / 1000,
            event.eventType.padding(toLength: 5, withPad: " ", startingAt: 0),
            position.last ?? 0,
            position.first ?? 0,
            amplitude,
            event.durationMilliseconds,
            event.areaSquareMicrometres,
            event.state == .provisional ? "  provisional \(event.eventID)" : ""
        )
        printLine(line)
    }

    /// Prints one line on an event that was taken back.
    func show(_ event: RetractedMessage) {
        let reason =
            switch event.reason {
            case .notConfirmed: "not confirmed"
            case .merged: "part of \(event.mergedInto ?? "another event")"
            case .reclassified: "final as \(event.finalType ?? "another class")"
            }
        printLine("             \(event.eventType) \(event.eventID) taken back: \(reason)")
    }

    /// Prints one line on what a rule did, as far as people want to see it at once.
    func show(trigger message: any WireMessage) {
        switch message {
        case let message as TriggerMessage:
            let late = String(format: "%.0f ms after frame %d", message.lateMilliseconds, message.startFrame)
            printLine(
                "  trigger    \(message.rule) fired for \(message.eventID), \(late)\(message.isDryRun ? " (dry run)" : "")"
            )
        case let message as TriggerSuppressedMessage where message.reason != .belowThreshold:
            printLine("  trigger    \(message.rule) suppressed for \(message.eventID): \(message.detail)")
        case let message as TriggerActionMessage:
            printLine(
                "  trigger    \(message.triggerID), \(message.action): \(message.outcome.rawValue), \(message.detail)"
            )
        case let message as TriggerArmedMessage:
            note("trigger \(message.rule) is \(message.isArmed ? "armed" : "disarmed")")
        default: break
        }
    }

    private func printLine(_ line: String) { writer.append(.output(line)) }

    /// Writes a note above the refreshing line.
    func note(_ text: String) { writer.append(.note(text)) }

    /// Replaces the refreshing line; what is too long for the terminal is cut off.
    func show(status text: String) { if showsStatus { writer.show(status: text) } }

    /// Removes the refreshing line and waits until everything is written, though not for ever.
    func finish() { writer.finish() }
}
