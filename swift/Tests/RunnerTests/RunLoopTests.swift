import Foundation
import LoopbackEngine
import Testing

@testable import RunnerHost

/// Put these requests to a run loop with the loopback, then shut it down; return all but `bye`.
private func replies(to requests: any Message...) async throws -> [any Message] {
    try await replies(to: requests.map { try Codec.encode($0).dropLast() })
}

private func replies(to lines: [Data]) async throws -> [any Message] {
    let pipe = Pipe()
    let reader = LineReader(pipe.fileHandleForReading.fileDescriptor) {}
    let writer = LineWriter(pipe.fileHandleForWriting.fileDescriptor)
    let end = try Codec.encode(Shutdown()).dropLast()
    let asked = AsyncStream<LineReader.Line> { stream in
        for line in lines + [end] { stream.yield(.success(line)) }
        stream.finish()
    }
    await RunLoop(engine: LoopbackEngine(), writer: writer).run(asked, importSeconds: 0)
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

    @Test("It cannot listen, says so, and serves the next request")
    func listening() async throws {
        try await withFolder { folder in
            let said = try await replies(
                to: Listen(id: 1, audio: "", samples: 1), Feed(id: 1, samples: 1),
                Finish(id: 1, samples: 1), load(in: folder))
            #expect((said[0] as? Ready)?.live == nil)
            #expect((said[1] as? Failed)?.kind == .unsupported && said[2] is Loaded)
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
