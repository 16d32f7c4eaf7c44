import Foundation
import RunnerHost
import VendorPins
import WhisperKit

/// WhisperKit: Whisper on CoreML, encoder and decoder on the Neural Engine unless told otherwise.
public actor WhisperKitEngine: SpeechEngine {
    public nonisolated let identity: Identity = (
        "whisperkit", String(cString: whisperkit_version()), .here
    )
    public nonisolated var live: String? { native }

    private var kit: WhisperKit?
    private var decoding = DecodingOptions()

    public init() {}

    public func settings(_ options: Options) throws -> Settings {
        try options.refusePrecision()
        return try Wishes(options).settings
    }

    /// Load a folder with three compiled models, and `tokenizer/` in it; nothing is fetched.
    public func load(
        _ model: String, _ options: Options, _ report: @escaping ProgressReport
    ) async throws -> Settings {
        kit = nil  // a second load frees the first, as two models may not fit
        try options.refusePrecision()
        let wishes = try Wishes(options)
        // The library would ask the network for what is missing.
        let networks = ["MelSpectrogram", "AudioEncoder", "TextDecoder"]
        let tokenizer = ["tokenizer/tokenizer.json", "tokenizer/tokenizer_config.json"]
        try ModelFolder.require(networks.flatMap(ModelFolder.compiled) + tokenizer, in: model)
        let config = wishes.config(model: model, tokenizer: "\(model)/tokenizer")
        let (loaded, facts) = try await loading(model, report) { try await WhisperKit(config) }
        let prompt = try Prompt(options.terms ?? [], by: loaded.tokenizer)
        decoding = try wishes.decoding(for: loaded.textDecoder, prompt: prompt.tokens)
        kit = loaded
        let timings = loaded.currentTimings
        return wishes.settings.merging(wishes.chunks).merging(facts).merging(prompt.settings)
            .merging([
            "device": ComputeUnits.device(wishes.encoder, wishes.decoder),
            "language": decoding.language.map(Scalar.string) ?? .null,
            "detectLanguage": .bool(decoding.detectLanguage),
            "wordTimestamps": .bool(decoding.wordTimestamps),
            "multilingual": .bool(loaded.textDecoder.isModelMultilingual),
            "library": .string(identity.library),
            // By its own clock and for its own parts only: extras, never the time.
            "vendor_load_seconds": .number(timings.modelLoading),
            "vendor_prewarm_seconds": .number(timings.prewarmLoadTime),
            "vendor_encoder_load_seconds": .number(timings.encoderLoadTime),
            "vendor_decoder_load_seconds": .number(timings.decoderLoadTime),
            "vendor_tokenizer_load_seconds": .number(timings.tokenizerLoadTime),
        ])
    }

    /// Transcribe; the first window's segments are what is there first.
    ///
    /// The callback is the library's own property: what is passed to `transcribe` it forgets where
    /// it cuts at pauses.
    public func transcribe(_ samples: Samples) async throws -> Transcription {
        guard let kit else { throw Refusal.badModel("no model is loaded") }
        let clock = SuspendingClock()
        let started = clock.now
        let first = FirstMoment()
        kit.segmentDiscoveryCallback = { _ in first.note((clock.now - started).seconds) }
        let results: [TranscriptionResult] = try await kit.transcribe(
            audioArray: samples.array, decodeOptions: decoding)
        return transcription(
            of: results.flatMap(\.segments), text: results.map(\.text).joined(separator: " "),
            language: results.first?.language, first: first.seconds)
    }

    public func listen(_ samples: Samples, _ show: @escaping Show) async throws -> any Listener {
        GrowingBuffer(samples, self, show)
    }

    /// Decode the first samples of a clip from a moment on, in seconds; return its language too.
    func decode(
        _ samples: Samples, upTo end: Int, from start: Float
    ) async throws -> (found: [TranscriptionSegment], language: String?) {
        guard let kit else { throw Refusal.badModel("no model is loaded") }
        var options = decoding
        options.clipTimestamps = [start]
        kit.segmentDiscoveryCallback = nil
        let results: [TranscriptionResult] = try await kit.transcribe(
            audioArray: Array(samples.buffer[..<end]), decodeOptions: options)
        return (results.flatMap(\.segments), results.first?.language)
    }

    func transcription(
        of found: [TranscriptionSegment], text: String, language: String?, first: Double? = nil
    ) -> Transcription {
        Transcription(
            text: text, language: language,
            segments: found.map { Self.segment($0.start, $0.end, $0.text) },
            firstSegmentSeconds: first,
            words: decoding.wordTimestamps
                ? found.flatMap { $0.words ?? [] }.map { Self.segment($0.start, $0.end, $0.word) }
                : nil)
    }

    private static func segment(_ start: Float, _ end: Float, _ text: String) -> Segment {
        Segment(start: Double(start), end: Double(end), text: text)
    }
}

/// When something happened for the first time; callbacks come from any thread.
private final class FirstMoment: @unchecked Sendable {
    private let lock = NSLock()
    private var moment: Double?

    func note(_ seconds: Double) { lock.withLock { moment = moment ?? seconds } }

    /// Seconds as noted first; nil when nothing was.
    var seconds: Double? { lock.withLock { moment } }
}
