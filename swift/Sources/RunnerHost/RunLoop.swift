import Foundation
import RunnerProtocol

/// Serve requests until `shutdown` or the end of stdin; never returns.
///
/// The engine is made after the pipe is claimed, so that nothing of its library prints into it.
public func serve<Engine: SpeechEngine>(_ make: () throws -> Engine) async -> Never {
    let channel = Channel.claim()
    let status = Status()
    status.printWhenAsked()
    let clock = SuspendingClock()
    let started = clock.now
    do {
        let engine = try make()
        let imported = (clock.now - started).seconds
        let reader = LineReader(channel.requests) { _exit(0) }
        let loop = RunLoop(engine: engine, writer: LineWriter(channel.replies), status: status)
        await loop.run(reader.lines, importSeconds: imported)
        Channel.leave()
    } catch {
        FileHandle.standardError.write(Data("\(named(error))\n".utf8))
        exit(1)
    }
}

/// Requests in, replies out, whatever a library does.
struct RunLoop<Engine: SpeechEngine>: Sendable {
    let engine: Engine
    let writer: LineWriter
    let status: Status
    let clock = SuspendingClock()  // of one scale with Python's time.perf_counter

    /// Say `ready` and answer every line; return after `bye`, or when the lines end.
    func run(_ lines: AsyncStream<LineReader.Line>, importSeconds: Double) async {
        send(.ready(ready(importSeconds)), id: -1)
        status.wait()
        for await line in lines {
            switch Result(catching: { try Codec.decode(Request.self, line.get()) }) {
            case .failure(let error):
                send(.failed(Failed(id: -1, kind: .badRequest, message: "\(error)")), id: -1)
            case .success(.shutdown):
                return send(.bye(Bye(peakBytes: Machine.peakBytes)), id: -1)
            case .success(.load(let load)):
                status.note("load", load.id)
                send(await answer(load), id: load.id)
            case .success(.describe(let describe)):
                send(await answer(describe), id: describe.id)
            case .success(.transcribe(let transcribe)):
                status.note("transcribe", transcribe.id)
                await answer(transcribe)
            }
            status.wait()
        }
    }

    private func answer(_ request: Load) async -> Reply {
        let started = clock.now
        do {
            let resolved = try await engine.load(request.model, request.options) {
                message, fraction in
                send(
                    .progress(Progress(id: request.id, message: message, fraction: fraction)),
                    id: request.id)
            }
            let seconds = (clock.now - started).seconds
            return .loaded(Loaded(id: request.id, seconds: seconds, resolved: resolved))
        } catch {
            return .failed(Failed(id: request.id, error))
        }
    }

    private func answer(_ request: Describe) async -> Reply {
        do {
            let settings = try await engine.settings(request.options)
            return .described(Described(id: request.id, settings: settings))
        } catch {
            return .failed(Failed(id: request.id, error))
        }
    }

    /// Answer before the samples are let go of: unmapping an hour takes milliseconds.
    private func answer(_ request: Transcribe) async {
        let started = clock.now
        do {
            let samples = try Samples(path: request.audio, samples: request.samples)
            let result = try await engine.transcribe(samples)
            let seconds = (clock.now - started).seconds
            send(.transcript(Transcript(id: request.id, result, seconds)), id: request.id)
            withExtendedLifetime(samples) {}
        } catch {
            send(.failed(Failed(id: request.id, error)), id: request.id)
        }
    }

    /// Send a reply; one over the cap is answered with `failed` in its place.
    private func send(_ reply: Reply, id: Int) {
        do {
            try writer.send(reply)
        } catch {
            try? writer.send(Reply.failed(Failed(id: id, error)))
        }
    }

    private func ready(_ importSeconds: Double) -> Ready {
        Ready(
            backend: engine.identity.backend, library: engine.identity.library,
            importSeconds: importSeconds, pid: Int(getpid()), build: engine.identity.build)
    }
}

extension Transcript {
    init(id: Int, _ result: Transcription, _ seconds: Double) {
        self.init(
            id: id, text: result.text.trimmed, language: result.language,
            segments: result.segments.map(\.plain), seconds: seconds,
            firstSegmentSeconds: result.firstSegmentSeconds.finite,
            words: result.words.map { $0.map(\.plain).filter { !$0.text.isEmpty } })
    }
}

extension Segment {
    /// As it travels: without the spaces around it, times as JSON has them.
    var plain: Segment { Segment(start: start.finite, end: end.finite, text: text.trimmed) }
}

extension Duration {
    /// The duration in seconds.
    public var seconds: Double { self / .seconds(1) }
}

extension String {
    var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}

extension Double? {
    /// JSON has no NaN and no infinity: both mean the library did not know.
    var finite: Double? { flatMap { $0.isFinite ? $0 : nil } }
}
