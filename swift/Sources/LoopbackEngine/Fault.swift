import Foundation
import RunnerHost

/// The engine gone wrong, one way at a time: what only Swift, or a library in C, can do wrong.
///
/// The words are those of `tests/support/faults.py`. Phases are `load` and `transcribe`,
/// and of a stream `listen`, `hear` and `finish`.
enum Fault {
    /// Commit the faults of this phase; return what one answers in the engine's place.
    static func commit(_ phase: String, _ faults: [String]) throws -> Transcription? {
        let due = faults.filter { $0.hasSuffix("@\(phase)") }.map { $0.dropLast(phase.count + 1) }
        return try due.compactMap { try commit(String($0)) }.last
    }

    private static func commit(_ fault: String) throws -> Transcription? {
        switch fault {
        case "raise": throw RuntimeError("the engine gave up")
        case "raise-at-length": throw RuntimeError(String(repeating: "x", count: 20_000_000))
        case "no-memory": throw POSIXError(.ENOMEM)
        case "trap": fatalError("the engine trapped")
        case "segfault": UnsafeMutablePointer<Int>(bitPattern: 8)!.pointee = 1
        case "exit-0": _exit(0)
        case "exit-3": _exit(3)
        case "hang": hang()
        case "hang-pool":
            holdEveryThread()
            hang()
        case "close-pipe":
            for end in Int32(3)..<64 where fcntl(end, F_GETFL) & O_ACCMODE == O_WRONLY {
                close(end)
            }
            hang()
        case "print": printEverywhere()
        case "nan":
            let lost = Segment(start: .nan, end: .infinity, text: "lost")
            return Transcription(text: "lost", segments: [lost], firstSegmentSeconds: -.infinity)
        case "long-text": return Transcription(text: String(repeating: "x", count: 16 << 20))
        default: throw RuntimeError("there is no fault \(fault)")
        }
        return nil
    }

    /// Sleep as a deadlocked library does.
    private static func hang() -> Never { while true { sleep(3600) } }

    /// Block all the threads that tasks share: nothing asynchronous happens any more.
    private static func holdEveryThread() {
        for _ in 0..<(4 * ProcessInfo.processInfo.activeProcessorCount) { Task.detached { hang() } }
    }

    /// Print in every way that Swift and C know.
    private static func printEverywhere() {
        print("from print")
        FileHandle.standardOutput.write(Data("from FileHandle\n".utf8))
        _ = write(STDOUT_FILENO, "from fd 1\n", 10)
        puts("from puts")
        fflush(nil)
    }
}

/// Named as Python's, so that both runners' tests read the same message.
struct RuntimeError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
