import Foundation

/// Serve requests until `shutdown` or the end of stdin; never returns.
///
/// The engine is made after the pipe is claimed, so that nothing of its library prints into it.
public func serve<Engine: SpeechEngine>(_ make: () throws -> Engine) async -> Never {
    let channel = Channel.claim()
    let clock = SuspendingClock()
    let started = clock.now
    do {
        let engine = try make()
        let imported = (clock.now - started).seconds
        let reader = LineReader(channel.requests) { _exit(0) }
        let loop = RunLoop(engine: engine, writer: LineWriter(channel.replies))
        await loop.run(reader.lines, importSeconds: imported)
        Channel.leave()
    } catch {
        FileHandle.standardError.write(Data("\(named(error))\n".utf8))
        exit(1)
    }
}

/// Answer every line with itself, decoded and encoded again, or with `failed`; never returns.
///
/// So another implementation of the wire can be held against this one, in both directions.
public func echo() async -> Never {
    let channel = Channel.claim()
    let writer = LineWriter(channel.replies)
    for await line in LineReader(channel.requests, whenEnded: {}).lines {
        do {
            try writer.send(Codec.decode(line.get(), among: Codec.all))
        } catch {
            try? writer.send(Failed(id: -1, kind: .badRequest, message: "\(error)"))
        }
    }
    Channel.leave()
}

/// Requests in, replies out, whatever a library does.
struct RunLoop<Engine: SpeechEngine>: Sendable {
    let engine: Engine
    let writer: LineWriter
    let clock = SuspendingClock()  // of one scale with Python's time.perf_counter

    /// Say `ready` and answer every line; return after `bye`, or when the lines end.
    func run(_ lines: AsyncStream<LineReader.Line>, importSeconds: Double) async {
        let identity = engine.identity
        send(
            Ready(
                backend: identity.backend, library: identity.library, python: nil,
                importSeconds: importSeconds, pid: Int(getpid()), build: identity.build,
                live: engine.live), id: -1)
        var stream: OpenStream?
        for await line in lines {
            switch Result(catching: { try Codec.decode(line.get(), among: Codec.requests) }) {
            case .success(let feed as Feed):  // of a stream that failed: nothing
                if feed.id == stream?.id { stream?.feed(feed.samples) }
            case .success(let finish as Finish):
                guard finish.id == stream?.id else { break }
                await stream?.finish(finish.samples)
                stream = nil
            case .success(let other as any Work) where stream?.isOpen == true:
                let what = "a stream is open: `feed` or `finish` is due"
                send(Failed(id: other.id, kind: .badRequest, message: what), id: other.id)
            case .success(let load as Load): await answer(load)
            case .success(let describe as Describe): await answer(describe)
            case .success(let transcribe as Transcribe): await answer(transcribe)
            case .success(let listen as Listen): stream = await opened(listen)
            case .success:  // shutdown
                await engine.close()
                return send(Bye(peakBytes: nil), id: -1)  // the orchestrator asks the system
            case .failure(let error):
                send(Failed(id: -1, kind: .badRequest, message: "\(error)"), id: -1)
            }
        }
    }

    private func answer(_ request: Load) async {
        let started = clock.now
        await answer(request.id) {
            let resolved = try await engine.load(request.model, request.options) {
                let word = Progress(id: request.id, message: $0, fraction: $1)
                send(word, id: request.id)
            }
            let seconds = (clock.now - started).seconds
            send(Loaded(id: request.id, seconds: seconds, resolved: resolved), id: request.id)
        }
    }

    private func answer(_ request: Describe) async {
        await answer(request.id) {
            let settings = try await engine.settings(request.options)
            send(Described(id: request.id, settings: settings), id: request.id)
        }
    }

    /// Answer before the samples are let go of: unmapping an hour takes milliseconds.
    private func answer(_ request: Transcribe) async {
        let started = clock.now
        await answer(request.id) {
            let samples = try Samples(path: request.audio, samples: request.samples)
            let result = try await engine.transcribe(samples)
            let seconds = (clock.now - started).seconds
            send(Transcript(id: request.id, result, seconds), id: request.id)
            withExtendedLifetime(samples) {}
        }
    }

    /// Open a stream; nil where that is refused. What the engine shows after the answer is dropped.
    private func opened(_ request: Listen) async -> OpenStream? {
        var stream: OpenStream?
        await answer(request.id) {
            let ended = Once()
            let samples = try Samples(path: request.audio, samples: request.samples)
            let listener = try await engine.listen(samples) { shown in
                if !ended.isReached { send(Partial(id: request.id, shown), id: request.id) }
            }
            send(Listening(id: request.id, resolved: listener.resolved), id: request.id)
            stream = OpenStream(request.id, listener, samples) { result in
                ended.reach()
                switch result {
                case .success(let (said, seconds)):
                    send(Transcript(id: request.id, said, seconds), id: request.id)
                case .failure(let error): send(Failed(id: request.id, error), id: request.id)
                }
            }
        }
        return stream
    }

    /// Do what a request asks; what that throws is its answer.
    private func answer(_ id: Int, _ work: () async throws -> Void) async {
        do { try await work() } catch { send(Failed(id: id, error), id: id) }
    }

    /// Send a reply; one over the cap is answered with `failed` in its place.
    private func send(_ reply: some Message, id: Int) {
        do {
            try writer.send(reply)
        } catch {
            try? writer.send(Failed(id: id, error))
        }
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

extension Partial {
    init(id: Int, _ shown: Shown) {
        self.init(id: id, stands: shown.stands, mayChange: shown.mayChange, heard: shown.heard)
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
