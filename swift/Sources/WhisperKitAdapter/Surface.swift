import CoreML
import Foundation
import WhisperKit

/// Every call of WhisperKit that the adapter makes, with its type spelled out.
///
/// Nothing runs this: it is compiled against the shim and against the real library, so that neither
/// can differ from what is written here. swift/README.md says where each is declared upstream.
enum Surface {
    static func compute(
        _ mel: MLComputeUnits, _ encoder: MLComputeUnits?, _ decoder: MLComputeUnits
    ) -> ModelComputeOptions {
        ModelComputeOptions(
            melCompute: mel, audioEncoderCompute: encoder, textDecoderCompute: decoder)
    }

    static func config(_ folder: String?, _ tokenizer: URL?, _ compute: ModelComputeOptions?)
        -> WhisperKitConfig
    {
        WhisperKitConfig(
            modelFolder: folder, tokenizerFolder: tokenizer, computeOptions: compute,
            verbose: false as Bool, logLevel: Logging.LogLevel.none, prewarm: nil as Bool?,
            load: nil as Bool?, download: false as Bool)
    }

    static func make(_ config: WhisperKitConfig) async throws -> WhisperKit {
        try await WhisperKit(config)
    }

    static func transcribe(
        _ kit: WhisperKit, _ samples: [Float], _ options: DecodingOptions?,
        _ segmentCallback: (@Sendable ([TranscriptionSegment]) -> Void)?
    ) async throws -> [TranscriptionResult] {
        try await kit.transcribe(
            audioArray: samples, decodeOptions: options, segmentCallback: segmentCallback)
    }

    static func decoding(_ language: String?, _ number: Float, _ threshold: Float?)
        -> DecodingOptions
    {
        DecodingOptions(
            task: .transcribe, language: language, temperature: number,
            temperatureIncrementOnFallback: number, temperatureFallbackCount: 0 as Int,
            usePrefillPrompt: true as Bool, detectLanguage: nil as Bool?,
            skipSpecialTokens: true as Bool, wordTimestamps: false as Bool, windowClipTime: number,
            compressionRatioThreshold: threshold, logProbThreshold: threshold,
            firstTokenLogProbThreshold: threshold, noSpeechThreshold: threshold,
            concurrentWorkerCount: nil as Int?, chunkingStrategy: nil as ChunkingStrategy?)
    }

    static func read(_ kit: WhisperKit) -> (TranscriptionTimings, Bool, Bool) {
        let decoder: any TextDecoding = kit.textDecoder
        return (kit.currentTimings, decoder.isModelMultilingual, decoder.supportsWordTimestamps)
    }

    static func read(_ timings: TranscriptionTimings) -> [TimeInterval] {
        [
            timings.modelLoading, timings.prewarmLoadTime, timings.encoderLoadTime,
            timings.decoderLoadTime, timings.tokenizerLoadTime,
        ]
    }

    static func read(_ result: TranscriptionResult) -> (String, [TranscriptionSegment], String) {
        (result.text, result.segments, result.language)
    }

    static func read(_ segment: TranscriptionSegment) -> (Float, Float, String, [WordTiming]?) {
        (segment.start, segment.end, segment.text, segment.words)
    }

    static func read(_ word: WordTiming) -> (Float, Float, String) {
        (word.start, word.end, word.word)
    }

    static let languages: Set<String> = Constants.languageCodes
    static var vad: ChunkingStrategy { .vad }
}
