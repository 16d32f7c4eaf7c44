import Foundation
import RunnerHost
import RunnerProtocol
import VendorPins
import WhisperKit

/// WhisperKit: Whisper on CoreML, encoder and decoder on the Neural Engine unless told otherwise.
public actor WhisperKitEngine: SpeechEngine {
    public nonisolated let identity = Identity(
        backend: "whisperkit", library: String(cString: whisperkit_version()), build: build)

    #if SHIM
    static let build = Ready.Build.shim
    #else
    static let build = Ready.Build.real
    #endif

    private var kit: WhisperKit?
    private var decoding = DecodingOptions()

    public init() {}

    public func settings(_ options: Options) throws -> Settings { try Wishes(options).settings }

    /// Load a folder with three compiled models, and `tokenizer/` in it; nothing is fetched.
    public func load(
        _ model: String, _ options: Options, _ report: @escaping ProgressReport
    ) async throws -> Settings {
        kit = nil  // a second load frees the first, as two models may not fit
        try options.refusePrecision()
        let wishes = try Wishes(options)
        let tokenizer = try Self.checkedTokenizer(model)
        let before = NeuralEngine.footprint
        let config = wishes.config(model: model, tokenizer: tokenizer)
        let loaded = try await sayingStillLoading(report) {
            try await blaming(model) { try await WhisperKit(config) }
        }
        decoding = try wishes.decoding(for: loaded.textDecoder)
        kit = loaded
        return wishes.resolved(decoding, loaded.currentTimings)
            .merging([
                "model_folder": .string(model), "library": .string(identity.library),
                "system": .string(Machine.system),
                "multilingual": .bool(loaded.textDecoder.isModelMultilingual),
                "neural_bytes_before": NeuralEngine.said(before),
                "neural_bytes_after": NeuralEngine.said(NeuralEngine.footprint),
            ])
    }

    /// Transcribe; the first window's segments are what is there first.
    public func transcribe(_ samples: Samples) async throws -> Transcription {
        guard let kit else { throw Refusal.badModel("no model is loaded") }
        let clock = SuspendingClock()
        let started = clock.now
        let first = FirstMoment()
        let results: [TranscriptionResult] = try await kit.transcribe(
            audioArray: samples.array, decodeOptions: decoding,
            segmentCallback: { @Sendable _ in first.note((clock.now - started).seconds) })
        let found = results.flatMap(\.segments)
        return Transcription(
            text: results.map(\.text).joined(separator: " "), language: results.first?.language,
            segments: found.map { Self.segment($0.start, $0.end, $0.text) },
            firstSegmentSeconds: first.seconds,
            words: decoding.wordTimestamps
                ? found.flatMap { $0.words ?? [] }.map { Self.segment($0.start, $0.end, $0.word) }
                : nil)
    }

    private static func segment(_ start: Float, _ end: Float, _ text: String) -> Segment {
        Segment(start: Double(start), end: Double(end), text: text)
    }

    /// Return the tokenizer's folder; the library would ask the network for what is missing.
    private static func checkedTokenizer(_ model: String) throws -> String {
        let networks = ["MelSpectrogram", "AudioEncoder", "TextDecoder"].flatMap(
            ModelFolder.compiled)
        let words = ["tokenizer/tokenizer.json", "tokenizer/tokenizer_config.json"]
        try ModelFolder.require(networks + words, in: model)
        return "\(model)/tokenizer"
    }
}
