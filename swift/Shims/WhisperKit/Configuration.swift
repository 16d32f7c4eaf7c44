import CoreML
import Foundation

// As much of WhisperKit 1.1.0 as the adapter calls, with its labels, orders and defaults; the
// parameters nobody passes are left out.

open class WhisperKitConfig {
    public var modelFolder: String?
    public var tokenizerFolder: URL?

    public init(
        modelFolder: String? = nil, tokenizerFolder: URL? = nil,
        computeOptions: ModelComputeOptions? = nil, verbose: Bool = true,
        logLevel: Logging.LogLevel = .info, prewarm: Bool? = nil, load: Bool? = nil,
        download: Bool = true
    ) {
        (self.modelFolder, self.tokenizerFolder) = (modelFolder, tokenizerFolder)
    }
}

public enum Logging {
    public enum LogLevel: Int, Sendable { case debug, info, error, none }
}

public struct ModelComputeOptions: Sendable {
    public init(
        melCompute: MLComputeUnits = .cpuAndGPU, audioEncoderCompute: MLComputeUnits? = nil,
        textDecoderCompute: MLComputeUnits = .cpuAndNeuralEngine
    ) {}
}

@frozen public enum ChunkingStrategy: String, Codable, CaseIterable { case none, vad }

public enum DecodingTask: Sendable { case transcribe, translate }

/// What the adapter reads again is kept.
public struct DecodingOptions: Sendable {
    public let language: String?
    public let temperatureIncrementOnFallback, windowClipTime: Float
    public let temperatureFallbackCount, concurrentWorkerCount: Int
    public let detectLanguage, wordTimestamps: Bool
    public let compressionRatioThreshold, logProbThreshold, firstTokenLogProbThreshold: Float?
    public let chunkingStrategy: ChunkingStrategy?
    public let promptTokens: [Int]?
    public var clipTimestamps: [Float] = []

    public init(
        task: DecodingTask = .transcribe, language: String? = nil, temperature: Float = 0.0,
        temperatureIncrementOnFallback: Float = 0.2, temperatureFallbackCount: Int = 5,
        usePrefillPrompt: Bool = true, detectLanguage: Bool? = nil, skipSpecialTokens: Bool = false,
        wordTimestamps: Bool = false, windowClipTime: Float = 1.0, promptTokens: [Int]? = nil,
        compressionRatioThreshold: Float? = 2.4, logProbThreshold: Float? = -1.0,
        firstTokenLogProbThreshold: Float? = -1.5, concurrentWorkerCount: Int? = nil,
        chunkingStrategy: ChunkingStrategy? = nil
    ) {
        (self.language, self.windowClipTime) = (language, windowClipTime)
        self.promptTokens = promptTokens
        self.temperatureIncrementOnFallback = temperatureIncrementOnFallback
        self.temperatureFallbackCount = temperatureFallbackCount
        self.concurrentWorkerCount = concurrentWorkerCount ?? 16  // as on macOS
        self.detectLanguage = detectLanguage ?? !usePrefillPrompt
        (self.wordTimestamps, self.chunkingStrategy) = (wordTimestamps, chunkingStrategy)
        (self.compressionRatioThreshold, self.logProbThreshold, self.firstTokenLogProbThreshold) =
            (compressionRatioThreshold, logProbThreshold, firstTokenLogProbThreshold)
    }
}

public enum Constants {
    public static let languageCodes: Set<String> = ["en", "de", "fr", "ja", "pt", "yue"]
}
