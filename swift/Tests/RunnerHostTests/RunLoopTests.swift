import Foundation
import LoopbackEngine
import RunnerProtocol
import Testing

@testable import RunnerHost

/// A run loop over two pipes, in this process; its engine is the loopback.
private struct Conversation {
    private let requests: FileHandle
    private let loop: Task<Void, Never>
    private var replies: AsyncStream<LineReader.Line>.Iterator

    init() async throws {
        let (asking, answering) = (Foundation.Pipe(), Foundation.Pipe())
        requests = asking.fileHandleForWriting
        let reader = LineReader(asking.fileHandleForReading.fileDescriptor) { _ = asking }
        let answers = LineReader(answering.fileHandleForReading.fileDescriptor) { _ = answering }
        replies = answers.lines.makeAsyncIterator()
        let writer = LineWriter(answering.fileHandleForWriting.fileDescriptor)
        let run = RunLoop(engine: try LoopbackEngine(), writer: writer, status: Status())
        loop = Task { [answering] in
            await run.run(reader.lines, importSeconds: 0)
            try? answering.fileHandleForWriting.close()
        }
    }

    mutating func receive() async throws -> Reply {
        let line = try #require(await replies.next())
        return try Codec.decode(Reply.self, line.get())
    }

    mutating func ask(_ request: Request) async throws -> Reply {
        try await ask(raw: Codec.encode(request))
    }

    mutating func ask(raw line: [UInt8]) async throws -> Reply {
        try requests.write(contentsOf: Data(line))
        return try await receive()
    }

    /// Shut down; return what is left in the pipe.
    mutating func finish() async throws -> [LineReader.Line] {
        guard case .bye = try await ask(.shutdown) else { throw Refusal.unsupported("no bye") }
        await loop.value
        var left: [LineReader.Line] = []
        while let line = await replies.next() { left.append(line) }
        try requests.close()
        return left
    }
}

@Suite("The run loop over pipes")
struct RunLoopTests {
    @Test("Every message in its turn, from ready to bye")
    func conversation() async throws {
        try await withTemporaryFolder { folder in
            var runner = try await Conversation()
            let ready = try await readiness(runner.receive())
            #expect((ready.protocol, ready.backend, ready.pid) == (1, "loopback", Int(getpid())))
            let loaded = try await loading(runner.ask(load(in: folder)))
            #expect(loaded.id == 1 && loaded.resolved["device"]?.shown == "cpu")
            let said = try await transcript(runner.ask(transcribe(in: folder)))
            #expect(said.id == 2 && said.text == "16000 samples, sum 8000.000")
            #expect(said.segments.map(\.end) == [1] && said.words == nil && said.seconds > 0)
            #expect(try await runner.finish().isEmpty)
        }
    }

    @Test(
        "What an engine throws or returns is answered with its kind, and the next is served",
        arguments: [
            ("raise", Failed.Kind.error, "RuntimeError: the engine gave up"),
            ("raise-at-length", .error, "RuntimeError: xxx"),
            ("long-text", .error, "ProtocolError: a message of"),
            ("no-such-fault", .error, "RuntimeError: there is no fault no-such-fault"),
        ])
    func faults(_ fault: String, _ kind: Failed.Kind, _ message: String) async throws {
        try await withTemporaryFolder { folder in
            var runner = try await Conversation()
            _ = try await runner.receive()
            _ = try await runner.ask(load(in: folder, ["fault": .string("\(fault)@transcribe")]))
            let failed = try await failure(runner.ask(transcribe(in: folder)))
            #expect(failed.id == 2 && failed.kind == kind && failed.message.hasPrefix(message))
            #expect(failed.message.count + failed.traceback.count < 100_000)
            _ = try await runner.ask(load(in: folder))
            #expect(
                try await transcript(runner.ask(transcribe(in: folder))).text.hasPrefix(
                    "16000 samples"))
            _ = try await runner.finish()
        }
    }

    @Test(
        "Refusals are answers",
        arguments: [
            (Load(id: 1, model: "/nowhere/model"), Failed.Kind.badModel, "/nowhere/model"),
            (
                Load(id: 1, model: "/m", options: options(["beams": 5])), .unsupported,
                "no setting beams"
            ),
            (
                Load(id: 1, model: "/m", options: options(["sleep_seconds": "x"])), .unsupported,
                "sleep_seconds cannot be x"
            ),
            (
                Load(id: 1, model: "/m", options: options(["allocate_bytes": .integer(1 << 50)])),
                .outOfMemory, "annot allocate memory"
            ),
        ])
    func refusals(_ request: Load, _ kind: Failed.Kind, _ why: String) async throws {
        var runner = try await Conversation()
        _ = try await runner.receive()
        let failed = try await failure(runner.ask(.load(request)))
        #expect(failed.id == 1 && failed.kind == kind)
        #expect("\(failed.message) \(failed.traceback)".contains(why))
        _ = try await runner.finish()
    }

    @Test("A line that is no request gets one answer, and the next is read afresh")
    func badLine() async throws {
        var runner = try await Conversation()
        _ = try await runner.receive()
        for line in [
            "\n", "what?\n", "{\"type\":\"load\"}\n", String(repeating: "x", count: 1 << 25) + "\n",
        ] {
            let failed = try await failure(runner.ask(raw: [UInt8](line.utf8)))
            #expect(failed.id == -1 && failed.kind == .badRequest)
        }
        #expect(try await runner.finish().isEmpty)
    }

    @Test("Times that a library lost are null")
    func lostTimes() async throws {
        try await withTemporaryFolder { folder in
            var runner = try await Conversation()
            _ = try await runner.receive()
            _ = try await runner.ask(load(in: folder, ["fault": "nan@transcribe"]))
            let said = try await transcript(runner.ask(transcribe(in: folder)))
            #expect(said.segments.map(\.start) == [nil] && said.firstSegmentSeconds == nil)
            _ = try await runner.finish()
        }
    }
}

private func options(_ extra: Settings) -> Options {
    var options = Options()
    options.extra = extra
    return options
}

/// Write a model that says what it heard; return the request to load it.
private func load(in folder: String, _ extra: Settings = [:]) throws -> Request {
    try "{samples} samples, sum {sum}\n".write(
        toFile: folder + "/model", atomically: true, encoding: .utf8)
    return .load(Load(id: 1, model: folder + "/model", options: options(extra)))
}

/// Write a second of samples of one half; return the request to transcribe it.
private func transcribe(in folder: String) throws -> Request {
    let samples = [Float](repeating: 0.5, count: 16_000)
    let path = folder + "/clip.f32"
    try samples.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: path)) }
    return .transcribe(Transcribe(id: 2, audio: path, samples: samples.count))
}

private func readiness(_ reply: Reply) throws -> Ready {
    guard case .ready(let ready) = reply else { throw Refusal.unsupported("\(reply)") }
    return ready
}

private func loading(_ reply: Reply) throws -> Loaded {
    guard case .loaded(let loaded) = reply else { throw Refusal.unsupported("\(reply)") }
    return loaded
}

private func transcript(_ reply: Reply) throws -> Transcript {
    guard case .transcript(let transcript) = reply else { throw Refusal.unsupported("\(reply)") }
    return transcript
}

private func failure(_ reply: Reply) throws -> Failed {
    guard case .failed(let failed) = reply else { throw Refusal.unsupported("\(reply)") }
    return failed
}
