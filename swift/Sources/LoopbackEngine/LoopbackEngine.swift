import Foundation
import RunnerHost

/// The smallest complete engine: it "recognises" every clip as the text of its model.
///
/// `tests/support/fake_runner.py` is the same in Python. `Fault` makes it go wrong, one way at a time.
public actor LoopbackEngine: SpeechEngine {
    public nonisolated let identity: Identity = (
        "loopback", "1.0", .real
    )
    public nonisolated var live: String? { native }

    private let arguments: [String]
    private var faults: [String] = []
    private var text = ""
    private var language: String?
    private var sleepSeconds = 0.0

    /// Misbehave as the command line says; `FAULT@PHASE` names one.
    public init(faults arguments: [String] = []) { self.arguments = arguments }

    public func settings(_ options: Options) throws -> Settings {
        var extra = Extra(options.extra)
        _ = try extra.take("fault", absent: "")
        _ = try extra.take("sleep_seconds", absent: 0.0)
        try extra.finish()
        return extra.taken
    }

    /// Refuse what the engine cannot do, read the weights, say what will really run.
    ///
    /// Settings: `sleep_seconds` of each transcription, and `fault`s, a space apart. What the model
    /// file holds becomes the text.
    public func load(
        _ model: String, _ options: Options, _ report: @escaping ProgressReport
    ) async throws -> Settings {
        var extra = Extra(options.extra)
        let asked = try extra.take("fault", absent: "")
        faults = arguments + asked.split(separator: " ").map(String.init)
        _ = try Fault.commit("load", faults)
        guard !options.words else {
            throw Refusal.unsupported("this engine has no word timestamps")
        }
        sleepSeconds = try extra.take("sleep_seconds", absent: 0.0)
        try extra.finish()
        guard let read = try? String(contentsOfFile: model, encoding: .utf8) else {
            throw Refusal.badModel("\(model) cannot be read")
        }
        text = read
        language = options.language
        return ["device": "cpu", "compute_type": "float64", "threads": 1, "library": "1.0"]
    }

    /// Work on the samples; `{samples}` and `{sum}` in the text describe what arrived.
    public func transcribe(_ samples: Samples) async throws -> Transcription {
        if let instead = try Fault.commit("transcribe", faults) { return instead }
        if sleepSeconds > 0 { try await Task.sleep(for: .seconds(sleepSeconds)) }
        let total = samples.buffer.reduce(0.0) { $0 + Double($1) }
        let said = text.replacing("{samples}", with: String(samples.count))
            .replacing("{sum}", with: String(format: "%.3f", total))
        let whole = Segment(start: 0, end: samples.seconds, text: said)
        return Transcription(text: said, language: language, segments: [whole])
    }

    public func listen(_ samples: Samples, _ show: @escaping Show) async throws -> any Listener {
        _ = try Fault.commit("listen", faults)
        return LoopbackListener(faults, show) { try await self.transcribe(samples) }
    }
}

/// Shows how many samples it has heard.
private actor LoopbackListener: Listener {
    let resolved: Settings = ["policy": .string(native)]

    private let faults: [String]
    private let show: Show
    private let whole: @Sendable () async throws -> Transcription

    init(
        _ faults: [String], _ show: @escaping Show,
        _ whole: @escaping @Sendable () async throws -> Transcription
    ) {
        (self.faults, self.show, self.whole) = (faults, show, whole)
    }

    func hear(_ samples: Int) throws {
        _ = try Fault.commit("hear", faults)
        show(Shown(mayChange: "\(samples) samples", heard: samples))
    }

    func finish(_ samples: Int) async throws -> Transcription {
        if let instead = try Fault.commit("finish", faults) { return instead }
        return try await whole()
    }
}
