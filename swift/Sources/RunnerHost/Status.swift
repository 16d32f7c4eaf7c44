import Foundation

/// What the runner is at, printed to the log when SIGUSR1 asks: it is sent to a runner that hangs.
///
/// No stack is printed: the signal finds some thread, and seldom the one that hangs. On macOS
/// `sample <pid>` shows them all.
final class Status: @unchecked Sendable {
    private let lock = NSLock()
    private let clock = SuspendingClock()
    private var task = "starting"
    private var since = SuspendingClock().now

    /// Note the request that is worked on from now.
    func note(_ phase: String, _ id: Int) {
        lock.withLock { (task, since) = ("at work on `\(phase)` (request \(id))", clock.now) }
    }

    /// Note that nothing is asked at the moment.
    func wait() { lock.withLock { (task, since) = ("waiting for a request", clock.now) } }

    private var text: String {
        lock.withLock { "\(task) for \(String(format: "%.1f", (clock.now - since).seconds)) s" }
    }

    /// Print on a thread of its own, which the signal's handler wakes through a pipe: a handler may
    /// do little else, and the threads that tasks share do not keep a signal blocked.
    func printWhenAsked() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let waking = ends[0]
        wakingEnd = ends[1]
        Thread.detachNewThread { [self] in
            var byte: UInt8 = 0
            while read(waking, &byte, 1) != 0 {
                FileHandle.standardError.write(Data("SIGUSR1: the runner is \(text)\n".utf8))
            }
        }
        signal(SIGUSR1) { _ in _ = write(wakingEnd, "!", 1) }
    }
}

/// Set once, before the handler that reads it.
nonisolated(unsafe) private var wakingEnd: Int32 = -1
