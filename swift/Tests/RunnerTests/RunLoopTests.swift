import Foundation
import LoopbackEngine
import Testing

@testable import RunnerHost

/// Put these requests to a run loop, then shut it down; return all but `bye`.
private func replies(
    to requests: any Message..., of engine: some SpeechEngine = LoopbackEngine()
) async throws -> [any Message] {
    try await replies(to: requests.map { try Codec.encode($0).dropLast() }, of: engine)
}

private func replies(
    to lines: [Data], of engine: some SpeechEngine = LoopbackEngine()
) async throws -> [any Message] {
    let pipe = Pipe()
    let reader = LineReader(pipe.fileHandleForReading.fileDescriptor) {}
    let writer = LineWriter(pipe.fileHandleForWriting.fileDescriptor)
    let end = try Codec.encode(Shutdown()).dropLast()
    let asked = AsyncStream<LineReader.Line> { stream in
        for line in lines + [end] { stream.yield(.success(line)) }
        stream.finish()
    }
    await RunLoop(engine: engine, writer: writer).run(asked, importSeconds: 0)
    try pipe.fileHandleForWriting.close()
    var found: [any Message] = []
    for await line in reader.lines {
        found.append(try Codec.decode(line.get(), among: Codec.replies))
    }
    #expect(found.popLast() is Bye && found.first is Ready)
    return found
}

@Suite("The run loop")
struct RunLoopTests {
    @Test("Every message in its turn, from ready to bye")
    func conversation() async throws {
        try await withFolder { folder in
            let said = try await replies(to: load(in: folder), transcribe(in: folder))
            let ready = try #require(said[0] as? Ready)
            #expect((ready.protocol, ready.backend, ready.pid) == (2, "loopback", Int(getpid())))
            let loaded = try #require(said[1] as? Loaded)
            #expect(loaded.id == 1 && loaded.resolved["device"] == "cpu")
            let heard = try #require(said[2] as? Transcript)
            #expect(heard.id == 2 && heard.text == "16000 samples, sum 8000.000")
            #expect(heard.segments.map(\.end) == [1] && heard.words == nil && heard.seconds > 0)
            #expect(said.count == 3)
        }
    }

    @Test("A stream: how it listens, what it shows, its transcript; then the next request")
    func stream() async throws {
        try await withFolder { folder in
            let clip = try transcribe(in: folder)
            let said = try await replies(
                to: load(in: folder), Listen(id: 3, audio: clip.audio, samples: 16_000),
                Feed(id: 3, samples: 8_000), Finish(id: 3, samples: 16_000), clip)
            #expect((said[0] as? Ready)?.live == "native")
            #expect((said[2] as? Listening)?.resolved == ["policy": "native"])
            for case let partial as Partial in said {
                #expect(partial.id == 3 && partial.stands == "" && partial.heard == 8_000)
            }
            let heard = said.compactMap { $0 as? Transcript }
            #expect(heard.map(\.id) == [3, 2])
            #expect(heard.allSatisfy { $0.text == "16000 samples, sum 8000.000" })
        }
    }

    @Test("What ends a stream is its answer, and the next request is served", arguments: ["listen", "finish"])
    func brokenStream(_ phase: String) async throws {
        try await withFolder { folder in
            let clip = try transcribe(in: folder)
            let faulty = try load(in: folder, ["fault": .string("raise@\(phase)")])
            let said = try await replies(
                to: faulty, Listen(id: 3, audio: clip.audio, samples: 16_000),
                Finish(id: 3, samples: 16_000), clip)
            let failed = said.compactMap { $0 as? Failed }
            #expect(failed.map(\.id) == [3] && failed.first?.message.hasSuffix("gave up") == true)
            #expect((said.last as? Transcript)?.id == 2)
        }
    }

    @Test("While a stream is open, other work is refused")
    func openStream() async throws {
        try await withFolder { folder in
            let clip = try transcribe(in: folder)
            let said = try await replies(
                to: load(in: folder), Listen(id: 3, audio: clip.audio, samples: 16_000), clip,
                Feed(id: 7, samples: 1), Finish(id: 3, samples: 16_000))
            let failed = try #require(said[3] as? Failed)
            #expect(failed.id == 2 && failed.kind == .badRequest)
            #expect((said[4] as? Transcript)?.id == 3 && said.count == 5)
        }
    }

    @Test("An engine that cannot listen says so, and serves the next request")
    func deaf() async throws {
        try await withFolder { folder in
            let clip = try transcribe(in: folder)
            let said = try await replies(
                to: Listen(id: 3, audio: clip.audio, samples: 16_000), Feed(id: 3, samples: 1),
                Finish(id: 3, samples: 1), clip, of: Deaf())
            #expect((said[0] as? Ready)?.live == nil)
            #expect((said[1] as? Failed)?.kind == .unsupported && said[2] is Transcript)
            #expect(said.count == 3)
        }
    }

    @Test(
        "What an engine throws or returns is answered with its kind, and the next is served",
        arguments: [
            ("raise", Failed.Kind.error, "RuntimeError: the engine gave up"),
            ("raise-at-length", .error, "RuntimeError: xxx"),
            ("long-text", .error, "ProtocolError: a message of"),
            ("no-memory", .outOfMemory, "POSIXError"),
            ("no-such-fault", .error, "RuntimeError: there is no fault no-such-fault"),
        ])
    func faults(_ fault: String, _ kind: Failed.Kind, _ message: String) async throws {
        try await withFolder { folder in
            let faulty = try load(in: folder, ["fault": .string("\(fault)@transcribe")])
            let clip = try transcribe(in: folder)
            let said = try await replies(to: faulty, clip, load(in: folder), clip)
            let failed = try #require(said[2] as? Failed)
            #expect(failed.id == 2 && failed.kind == kind && failed.message.hasPrefix(message))
            #expect(failed.message.count + (failed.traceback ?? "").count < 100_000)
            #expect((said[4] as? Transcript)?.text.hasPrefix("16000 samples") == true)
        }
    }

    @Test(
        "Refusals are answers",
        arguments: [
            ([:], Failed.Kind.badModel, "/nowhere/model"),
            (["beams": 5], .unsupported, "no setting beams"),
            (["sleep_seconds": "x"], .unsupported, "sleep_seconds cannot be x"),
        ] as [(Settings, Failed.Kind, String)])
    func refusals(_ extra: Settings, _ kind: Failed.Kind, _ why: String) async throws {
        let asked = Load(id: 1, model: "/nowhere/model", options: options(extra))
        let failed = try #require(try await replies(to: asked).last as? Failed)
        #expect(failed.id == 1 && failed.kind == kind && failed.message.contains(why))
    }

    @Test("A described engine lists its settings with what was asked, and loads nothing")
    func describe() async throws {
        let said = try await replies(
            to: Describe(id: 1, options: options(["sleep_seconds": 2])),
            Describe(id: 2, options: options(["beams": 5])))
        #expect((said[1] as? Described)?.settings == ["fault": "", "sleep_seconds": 2])
        #expect((said[2] as? Failed)?.kind == .unsupported)
    }

    @Test("A line that is no request gets one answer, and the next is read afresh")
    func badLine() async throws {
        let lines = ["", "what?", #"{"type":"load"}"#, #"{"type":"bye","peak_bytes":1}"#]
        let said = try await replies(to: lines.map { Data($0.utf8) })
        #expect(said.count == 1 + lines.count)
        for case let failed as Failed in said.dropFirst() {
            #expect(failed.id == -1 && failed.kind == .badRequest)
        }
    }

    @Test("Times that a library lost are null")
    func lostTimes() async throws {
        try await withFolder { folder in
            let faulty = try load(in: folder, ["fault": "nan@transcribe"])
            let said = try await replies(to: faulty, transcribe(in: folder)).last as? Transcript
            #expect(said?.segments.map(\.start) == [nil] && said?.firstSegmentSeconds == nil)
        }
    }
}

private actor Deaf: SpeechEngine {
    nonisolated let identity: Identity = ("deaf", "1.0", .real)

    func settings(_ options: Options) -> Settings { [:] }
    func load(_ model: String, _ options: Options, _ report: ProgressReport) -> Settings { [:] }
    func transcribe(_ samples: Samples) -> Transcription { Transcription(text: "") }
}

/// Write a model that says what it heard; return the request to load it.
private func load(in folder: String, _ extra: Settings = [:]) throws -> Load {
    try "{samples} samples, sum {sum}\n".write(
        toFile: folder + "/model", atomically: true, encoding: .utf8)
    return Load(id: 1, model: folder + "/model", options: options(extra))
}

/// Write a second of samples of one half; return the request to transcribe it.
private func transcribe(in folder: String) throws -> Transcribe {
    let path = try write([Float](repeating: 0.5, count: 16_000), in: folder)
    return Transcribe(id: 2, audio: path, samples: 16_000)
}
