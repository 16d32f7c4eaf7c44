import FluidAudio
import Foundation
import RunnerHost
import VendorPins

/// FluidAudio: NVIDIA's Parakeet TDT on CoreML, greedy, 15 s at a time; or a model that streams.
public actor FluidAudioEngine: SpeechEngine {
    public nonisolated let identity: Identity = (
        "fluidaudio", String(cString: fluidaudio_version()), .here
    )
    public nonisolated var live: String? { native }

    /// It refuses less, and fills everything up to 15 s with silence: some more changes nothing.
    private static let leastSamples = Samples.rate * 3 / 10

    private var manager: AsrManager?
    private var streaming: StreamingParakeet?
    private var terms: Terms?
    private var language: Language?
    private var words = false

    public init() {}

    public func settings(_ options: Options) throws -> Settings { try Wishes(options).settings }

    /// Load a folder of Parakeet 0.6B, v2 or v3, which its joint network tells apart, or of a model
    /// that streams.
    public func load(
        _ model: String, _ options: Options, _ report: @escaping ProgressReport
    ) async throws -> Settings {
        (manager, streaming, terms) = (nil, nil, nil)  // frees the first: two may not fit
        ModelHub.offlineMode = true  // it deletes a folder that does not load, and fetches it anew
        if let kind = StreamingParakeet.Kind(model) {
            return try await load(kind, model, options, report)
        }
        let parakeet = try Parakeet(model, precision: options.precision)
        let wishes = try Wishes(options)
        let folder = try parakeet.underItsName()
        try wishes.check(parakeet.version)
        let names = options.terms ?? []
        if !names.isEmpty { try Terms.require(in: model) }
        let ((models, given), facts) = try await loading(model, report) {
            (
                try await parakeet.load(folder, wishes),
                try await names.isEmpty ? nil : Terms(names, in: model)
            )
        }
        terms = given
        manager = AsrManager(config: wishes.config, models: models)
        (language, words) = (wishes.language, options.words)
        return wishes.resolved.merging(facts).merging(given?.settings ?? [:]).merging([
            "model": .string(parakeet.name), "library": .string(identity.library),
            "compute_type": parakeet.version == .v3 ? "int8" : .null,
        ])
    }

    private func load(
        _ kind: StreamingParakeet.Kind, _ model: String, _ options: Options,
        _ report: @escaping ProgressReport
    ) async throws -> Settings {
        let units = try Wishes(options).decoder
        try kind.check(options)
        try kind.require(in: model)
        let (loaded, facts) = try await loading(model, report) {
            try await StreamingParakeet(kind, in: model, units)
        }
        streaming = loaded
        return loaded.resolved.merging(facts).merging([
            "device": ComputeUnits.device(units, units), "computeUnits": .string(units.rawValue),
            "library": .string(identity.library),
        ])
    }

    /// Only a model whose encoder streams: Parakeet TDT is heard in windows of 15 s, and its first
    /// word would come after 13.
    public func listen(_ samples: Samples, _ show: @escaping Show) async throws -> any Listener {
        guard let streaming else {
            throw Refusal.unsupported(
                "Parakeet TDT does not stream: parakeet-eou-120m and nemotron-streaming-0.6b do")
        }
        try await streaming.reset()
        return ParakeetListener(samples, streaming, show)
    }

    /// Transcribe; every clip begins with a decoder that has heard nothing.
    public func transcribe(_ samples: Samples) async throws -> Transcription {
        if let streaming {
            try await streaming.reset()
            _ = try await streaming.hear(samples, 0..<samples.count)
            return .of(try await streaming.finish(), seconds: samples.seconds)
        }
        guard let manager else { throw Refusal.badModel("no model is loaded") }
        var heard = samples.array
        if heard.count < Self.leastSamples {
            heard += [Float](repeating: 0, count: Self.leastSamples - heard.count)
        }
        var state = TdtDecoderState.make(decoderLayers: await manager.decoderLayerCount)
        let result = try await manager.transcribe(heard, decoderState: &state, language: language)
        let tokens = result.tokenTimings ?? []
        let text = try await terms?.heard(in: heard, result.text, tokens) ?? result.text
        let whole = Segment(start: tokens.first?.startTime, end: tokens.last?.endTime, text: text)
        return Transcription(
            text: text, segments: text.isEmpty ? [] : [whole],
            words: words
                ? buildWordTimings(from: tokens).map {
                    Segment(start: $0.startTime, end: $0.endTime, text: $0.word)
                } : nil)
    }
}
