import Foundation
import Synchronization

/// Remembers Ctrl-C, a request to terminate and the loss of the terminal, so that work can be ended properly.
package enum Interruption {
    private static let flag = Atomic<Bool>(false)

    /// True once the user asked to stop.
    package static var isRequested: Bool { flag.load(ordering: .relaxed) }

    /// Starts to catch the signals; the second one ends the process at once.
    ///
    /// A file that grows beyond the allowed size and a pipe that nobody reads become errors of writing instead of the end
    /// of the process. A lost terminal is ignored where the parent process has asked for that, as `nohup` does.
    /// Call it on the main thread. Signals that a parent process has blocked are let through again.
    package static func install() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            sigaddset(&signals, number)
            let before = signal(number) { number in
                Interruption.flag.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
            let wasIgnored = unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
            if number == SIGHUP, wasIgnored { signal(number, SIG_IGN) }
        }
        // Caught, not ignored: programs that this one starts get the default back.
        signal(SIGPIPE) { _ in }
        signal(SIGXFSZ, SIG_IGN)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }
}
