import Foundation
import RunnerHost
import RunnerProtocol

/// The smallest complete engine: it "recognises" every clip as the text of its model.
///
/// `tests/support/fake_runner.py` is the same in Python. `Fault` makes it go wrong, one way at a time.
public actor LoopbackEngine: SpeechEngine {
    public nonisolated let identity = Identity(backend: "loopback", library: "1.0", build: .real)

    private let arguments: [String]
    private var faults: [String]
    private var text = ""
    private var language: String?
    private var sleepSeconds = 0.0
    private var weights: [UInt8] = []

    /// Misbehave while starting, as the command line says; `FAULT@PHASE` names one.
    public init(faults arguments: [String] = []) throws {
        (self.arguments, faults) = (arguments, arguments)
        _ = try Fault.commit("import", arguments)
    }

    public func settings(_ options: Options) throws -> Settings {
        var extra = Extra(options.extra)
        _ = try extra.take("fault", absent: "")
        _ = try extra.take("sleep_seconds", absent: 0.0)
        _ = try extra.take("allocate_bytes", absent: 0)
        try extra.finish()
        return extra.taken
    }

    /// Refuse what the engine cannot do, read the weights, say what will really run.
    ///
    /// Settings: `sleep_seconds` of each transcription, `allocate_bytes` of weights, and `fault`s,
    /// some words apart. What the model file holds becomes the text.
    public func load(
        _ model: String, _ options: Options, _ report: @escaping ProgressReport
    ) async throws -> Settings {
        var extra = Extra(options.extra)
        let asked = try extra.take("fault", absent: "")
        faults = arguments + asked.split(separator: " ").map(String.init)
        if case .settings(let instead) = try Fault.commit("load", faults) { return instead }
        guard !options.words else {
            throw Refusal.unsupported("this engine has no word timestamps")
        }
        sleepSeconds = try extra.take("sleep_seconds", absent: 0.0)
        weights = try allocate(extra.take("allocate_bytes", absent: 0))
        try extra.finish()
        text = try read(model)
        language = options.language
        return ["device": "cpu", "compute_type": "float64", "threads": 1, "library": "1.0"]
    }

    /// Work on the samples; `{samples}` and `{sum}` in the text describe what arrived.
    public func transcribe(_ samples: Samples) async throws -> Transcription {
        if faults.contains("scribble@transcribe") {
            samples.buffer.update(repeating: 0)
            return Transcription(text: "scribbled")
        }
        if case .transcription(let instead) = try Fault.commit("transcribe", faults) {
            return instead
        }
        if sleepSeconds > 0 { try await Task.sleep(for: .seconds(sleepSeconds)) }
        let total = samples.buffer.reduce(0.0) { $0 + Double($1) }
        let said = text.replacingOccurrences(of: "{samples}", with: String(samples.count))
            .replacingOccurrences(of: "{sum}", with: String(format: "%.3f", total))
        let whole = Segment(start: 0, end: samples.seconds, text: said)
        return Transcription(text: said, language: language, segments: [whole])
    }

    private func read(_ model: String) throws -> String {
        do {
            return try String(contentsOfFile: model, encoding: .utf8)
        } catch {
            throw Refusal.badModel("\(model): \(error.localizedDescription)")
        }
    }

    /// Ask the system first: Swift ends a process whose memory does not suffice.
    private func allocate(_ count: Int) throws -> [UInt8] {
        guard count > 0 else { return [] }
        let memory = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
        guard memory != MAP_FAILED else { throw POSIXError(.ENOMEM) }
        munmap(memory, count)
        return [UInt8](repeating: 1, count: count)
    }
}
