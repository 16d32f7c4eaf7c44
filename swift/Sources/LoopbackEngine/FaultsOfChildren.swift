import Foundation

// `environ` is a variable of C's: only so may Swift 6 read it.
#if canImport(Darwin)
@preconcurrency import Darwin
#else
@preconcurrency import Glibc
#endif

/// A process of our own making: what it says goes where this process's stdout goes.
enum Child {
    /// Run a script to its end in a shell that inherits nothing but fd 0, 1 and 2.
    static func run(_ script: String, newSession: Bool = false, holdingPipe: Bool = false) {
        // What stays open over exec is what lacks the flag: take it off for a moment.
        let held = Pipe.writingEnd
        if holdingPipe { _ = fcntl(held, F_SETFD, 0) }
        let process = start(
            "/bin/sh", ["-c", script], newSession: newSession, environment: environ)
        if holdingPipe { _ = fcntl(held, F_SETFD, FD_CLOEXEC) }
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }

    /// Leave a child in another session, with nothing in its environment.
    static func leaveNameless() {
        var nothing: [UnsafeMutablePointer<CChar>?] = [nil]
        let process = start("/bin/sleep", ["3600"], newSession: true, environment: &nothing)
        print("child \(process)")
    }

    #if canImport(Darwin)
    private static let inNewSession = Int16(POSIX_SPAWN_SETSID)
    #else
    private static let inNewSession: Int16 = 0x80  // the same, hidden by glibc from all but GNU
    #endif

    private static func start(
        _ path: String, _ arguments: [String], newSession: Bool,
        environment: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    ) -> pid_t {
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        #if canImport(Darwin)
        var attributes: posix_spawnattr_t?
        #else
        var attributes = posix_spawnattr_t()
        #endif
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        if newSession { posix_spawnattr_setflags(&attributes, inNewSession) }
        var process: pid_t = 0
        posix_spawn(&process, path, nil, &attributes, &words, environment)
        return process
    }
}

extension Fault {
    private static let sleeper = "sleep 3600 & echo child $!"

    /// Processes left behind, in the runner's group or out of it, whoever holds the pipe.
    static let children: [String: Deed] = [
        "child": {
            Child.run(sleeper)
            return nil
        },
        "child-new-session": {
            Child.run(sleeper, newSession: true)
            return nil
        },
        "child-stubborn": {
            Child.run("trap '' TERM; env -i sleep 3600 & echo child $!")
            return nil
        },
        "child-holds-pipe": {
            Child.run(sleeper, holdingPipe: true)
            return nil
        },
        "child-nameless": {
            Child.leaveNameless()
            return nil
        },
    ]
}
