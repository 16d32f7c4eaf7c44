import Foundation
import RunnerHost

/// The engine gone wrong, one way at a time: what only Swift, or a library in C, can do wrong.
///
/// The words are those of `tests/support/faults.py`, which has many more for the orchestrator's
/// part. Phases are `load` and `transcribe`.
enum Fault {
    /// Commit the faults of this phase; return what the last one answers in the engine's place.
    static func commit(_ phase: String, _ faults: [String]) throws -> Transcription? {
        var answer: Transcription?
        for fault in faults where fault.hasSuffix("@\(phase)") {
            let name = String(fault.dropLast(phase.count + 1))
            guard let deed = deeds[name] else { throw RuntimeError("there is no fault \(name)") }
            answer = try deed() ?? answer
        }
        return answer
    }

    private static let deeds: [String: @Sendable () throws -> Transcription?] = [
        "raise": { throw RuntimeError("the engine gave up") },
        "raise-at-length": { throw RuntimeError(String(repeating: "x", count: 20_000_000)) },
        "no-memory": { throw POSIXError(.ENOMEM) },
        "trap": { fatalError("the engine trapped") },
        "segfault": {
            UnsafeMutablePointer<Int>(bitPattern: 8)!.pointee = 1
            return nil
        },
        "exit-0": { _exit(0) },
        "exit-3": { _exit(3) },
        "hang": { hang() },
        "hang-pool": {
            holdEveryThread()
            hang()
        },
        "close-pipe": {
            for descriptor in Int32(3)..<64 { close(descriptor) }
            hang()
        },
        "print": {
            printEverywhere()
            return nil
        },
        "nan": {
            let lost = Segment(start: .nan, end: .infinity, text: "lost")
            return Transcription(text: "lost", segments: [lost], firstSegmentSeconds: -.infinity)
        },
        "long-text": { Transcription(text: String(repeating: "x", count: 16 << 20)) },
    ]

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
        _ = withVaList([]) { vprintf("from printf\n", $0) }
        fflush(nil)
    }
}

/// Named as Python's, so that both runners' tests read the same message.
struct RuntimeError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
