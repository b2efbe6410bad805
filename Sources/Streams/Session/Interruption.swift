import Foundation
import Synchronization

/// Remembers Ctrl-C and a request to terminate, so that work can be ended properly.
public enum Interruption {
    private static let flag = Atomic<Bool>(false)

    /// True once the user asked to stop.
    public static var isRequested: Bool { flag.load(ordering: .relaxed) }

    /// Starts to catch the signals; the second one ends the process at once.
    public static func install() {
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                Interruption.flag.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
        }
    }
}
