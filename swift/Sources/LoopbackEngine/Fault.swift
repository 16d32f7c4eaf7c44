import Foundation
import RunnerHost
import RunnerProtocol

/// The engine gone wrong, one way at a time: what each failure of a real one looks like.
///
/// The words are those of `tests/support/faults.py`. Phases are `start` (before the pipe is claimed),
/// `import`, `load` and `transcribe`.
public enum Fault {
    /// What a fault answers in the engine's place.
    enum Answer: Sendable {
        case settings(Settings)
        case transcription(Transcription)
    }

    typealias Deed = @Sendable () throws -> Answer?

    /// Commit the faults of this phase that break the process before its first message.
    public static func commitAtStart(_ faults: [String]) throws { _ = try commit("start", faults) }

    /// Commit the faults of this phase; return what the last one answers.
    static func commit(_ phase: String, _ faults: [String]) throws -> Answer? {
        var answer: Answer?
        for fault in faults where fault.hasSuffix("@\(phase)") {
            let name = String(fault.dropLast(phase.count + 1))
            if name == "scribble" { continue }  // on the samples: the engine does it
            guard let deed = deeds[name] else { throw RuntimeError("there is no fault \(name)") }
            answer = try deed() ?? answer
        }
        return answer
    }

    private static let deeds: [String: Deed] = endings.merging(noises) { $1 }
        .merging(strayMessages) { $1 }.merging(children) { $1 }

    /// Ends and stops of every kind.
    private static let endings: [String: Deed] = [
        "raise": { throw RuntimeError("the engine gave up") },
        "raise-at-length": { throw RuntimeError(String(repeating: "x", count: 20_000_000)) },
        "trap": { fatalError("the engine trapped") },
        "segfault": {
            UnsafeMutablePointer<Int>(bitPattern: 8)!.pointee = 1
            return nil
        },
        "exit-0": { _exit(0) },
        "exit-3": { _exit(3) },
        "sigkill": {
            kill(getpid(), SIGKILL)
            return nil
        },
        "nap": {
            usleep(300_000)
            return nil
        },
        "hang": { hang() },
        "hang-pool": {
            holdEveryThread()
            hang()
        },
        "stubborn": {
            signal(SIGTERM, SIG_IGN)
            hang()
        },
        "close-pipe": {
            close(Pipe.writingEnd)
            hang()
        },
        "read-stdin": {
            Child.run("cat")
            return nil
        },
        "print": {
            printEverywhere()
            return nil
        },
        "progress": {
            reportProgress()
            return nil
        },
        "surroundings": { .settings(surroundings()) },
        "nan": { .transcription(lostTimes) },
        "long-text": {
            .transcription(Transcription(text: String(repeating: "x", count: Codec.maxLineBytes)))
        },
    ]
}

/// Named as Python's, so that both runners' tests read the same message.
struct RuntimeError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension Fault {
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
        Child.run("echo from a shell")
        puts("from puts")
        _ = withVaList([]) { vprintf("from printf\n", $0) }
        fflush(nil)
    }

    /// Take two seconds and say so every half.
    private static func reportProgress() {
        for quarter in 1...4 {
            usleep(500_000)
            let word = Progress(id: 2, message: "quarter \(quarter)", fraction: Double(quarter) / 4)
            Pipe.say(.progress(word))
        }
    }

    /// The environment, the working directory and whether it is empty.
    private static func surroundings() -> Settings {
        var seen: Settings = [:]
        for (name, value) in ProcessInfo.processInfo.environment { seen[name] = .string(value) }
        let folder = FileManager.default.currentDirectoryPath
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        seen["(cwd)"] = .string(folder)
        seen["(cwd is empty)"] = .bool(entries.isEmpty)
        return seen
    }

    private static let lostTimes = Transcription(
        text: "lost", segments: [Segment(start: .nan, end: .infinity, text: "lost")],
        firstSegmentSeconds: -.infinity)
}
