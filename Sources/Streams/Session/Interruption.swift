import Foundation
import Synchronization

/// Remembers Ctrl-C and a request to terminate, so that work can be ended properly.
public enum Interruption {
    private static let flag = Atomic<Bool>(false)

    /// True once the user asked to stop.
    public static var isRequested: Bool { flag.load(ordering: .relaxed) }

    /// Starts to catch the signals; the second one ends the process at once.
    ///
    /// A file that grows beyond the allowed size becomes an error of writing instead of the end of the process.
    /// Call it on the main thread. Signals that a parent process has blocked are let through again.
    public static func install() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM] {
            sigaddset(&signals, number)
            signal(number) { number in
                Interruption.flag.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
        }
        signal(SIGXFSZ, SIG_IGN)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }
}
