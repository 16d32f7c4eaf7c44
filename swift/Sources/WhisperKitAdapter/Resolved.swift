import RunnerHost
import RunnerProtocol
import WhisperKit

extension Wishes {
    /// What will run; which unit computes what is CoreML's choice, so these are the units allowed.
    ///
    /// The library's own times are extras, by wall clock and for its own parts only.
    func resolved(_ decoding: DecodingOptions, _ timings: TranscriptionTimings) -> Settings {
        let running: Settings = [
            "device": .string(
                encoder == decoder ? encoder.rawValue : "\(encoder.rawValue), \(decoder.rawValue)"),
            "melCompute": .string(mel.rawValue),
            "audioEncoderCompute": .string(encoder.rawValue),
            "textDecoderCompute": .string(decoder.rawValue),
            "prewarm": .bool(prewarm),
            "language": decoding.language.map(Scalar.string) ?? .null,
            "detectLanguage": .bool(decoding.detectLanguage),
            "wordTimestamps": .bool(decoding.wordTimestamps),
            "chunkingStrategy": .string(chunking.rawValue),
            "concurrentWorkerCount": .integer(decoding.concurrentWorkerCount),
            "temperature": .number(decoding.temperature.plain),
            "temperatureIncrementOnFallback": .number(
                decoding.temperatureIncrementOnFallback.plain),
            "temperatureFallbackCount": .integer(decoding.temperatureFallbackCount),
            "windowClipTime": .number(decoding.windowClipTime.plain),
            "compressionRatioThreshold": said(decoding.compressionRatioThreshold),
            "logProbThreshold": said(decoding.logProbThreshold),
            "firstTokenLogProbThreshold": said(decoding.firstTokenLogProbThreshold),
            "noSpeechThreshold": said(decoding.noSpeechThreshold),
            "vendor_load_seconds": .number(timings.modelLoading),
            "vendor_prewarm_seconds": .number(timings.prewarmLoadTime),
            "vendor_encoder_load_seconds": .number(timings.encoderLoadTime),
            "vendor_decoder_load_seconds": .number(timings.decoderLoadTime),
            "vendor_tokenizer_load_seconds": .number(timings.tokenizerLoadTime),
        ]
        return running.merging(taken)
    }

    /// Cut where speech pauses and many at once, or window after window.
    private var taken: Settings {
        chunking == .vad
            ? .chunking("fixed", seconds: 30, atOnce: workers)
            : .chunking("timestamps", seconds: 30)
    }

    private func said(_ threshold: Float?) -> Scalar {
        threshold.map { .number($0.plain) } ?? .null
    }
}
