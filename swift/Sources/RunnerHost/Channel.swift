#if canImport(Darwin)
@preconcurrency import Darwin
#else
@preconcurrency import Glibc
#endif

/// The claimed ends of the pipe; everything a library prints goes to stderr instead.
struct Channel: Sendable {
    let requests: Int32
    let replies: Int32

    /// Take fd 0 and fd 1 away from every library; the first thing a runner does.
    static func claim() -> Channel {
        signal(SIGPIPE, SIG_IGN)  // a reader that has gone is an error of write(2), no death
        signal(SIGUSR1, SIG_IGN)  // asks for stacks, which Swift cannot print
        // Swift's own handler of crashes holds a process for half a minute on Linux.
        for number in [SIGTERM, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGBUS, SIGSEGV] {
            signal(number, SIG_DFL)
        }
        let channel = Channel(
            requests: orDie(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3), "fcntl"),
            replies: orDie(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), "fcntl"))
        let null = orDie(open("/dev/null", O_RDONLY | O_CLOEXEC), "open /dev/null")
        _ = orDie(dup2(null, STDIN_FILENO), "dup2")
        close(null)
        _ = orDie(dup2(STDERR_FILENO, STDOUT_FILENO), "dup2")
        setvbuf(stdout, nil, _IOLBF, 0)  // a crash must not take along what was printed before
        return channel
    }

    /// Leave at once: library destructors and exit handlers can hang or crash.
    static func leave() -> Never {
        fflush(nil)
        _exit(0)
    }

    private static func orDie(_ result: Int32, _ what: String) -> Int32 {
        if result < 0 {
            perror("the runner cannot claim its pipe: \(what)")
            _exit(1)
        }
        return result
    }
}
