import CoreML
import Foundation

// As much of WhisperKit 1.1.0 as the adapter calls, with its labels, orders and defaults; the
// parameters nobody passes are left out.

open class WhisperKitConfig {
    public var modelFolder: String?
    public var tokenizerFolder: URL?
    public var computeOptions: ModelComputeOptions?
    public var prewarm: Bool?
    public var load: Bool?

    public init(
        modelFolder: String? = nil, tokenizerFolder: URL? = nil,
        computeOptions: ModelComputeOptions? = nil, verbose: Bool = true,
        logLevel: Logging.LogLevel = .info, prewarm: Bool? = nil, load: Bool? = nil,
        download: Bool = true
    ) {
        (self.modelFolder, self.tokenizerFolder) = (modelFolder, tokenizerFolder)
        (self.computeOptions, self.prewarm, self.load) = (computeOptions, prewarm, load)
    }
}

public enum Logging {
    public enum LogLevel: Int, Sendable { case debug, info, error, none }
}

public struct ModelComputeOptions: Sendable {
    public var melCompute: MLComputeUnits
    public var audioEncoderCompute: MLComputeUnits
    public var textDecoderCompute: MLComputeUnits

    public init(
        melCompute: MLComputeUnits = .cpuAndGPU, audioEncoderCompute: MLComputeUnits? = nil,
        textDecoderCompute: MLComputeUnits = .cpuAndNeuralEngine
    ) {
        self.melCompute = melCompute
        self.audioEncoderCompute = audioEncoderCompute ?? .cpuAndNeuralEngine
        self.textDecoderCompute = textDecoderCompute
    }
}

@frozen public enum ChunkingStrategy: String, Codable, CaseIterable { case none, vad }

public enum DecodingTask: Sendable { case transcribe, translate }

public struct DecodingOptions: Sendable {
    public var language: String?
    public var temperatureIncrementOnFallback: Float
    public var temperatureFallbackCount: Int
    public var detectLanguage: Bool
    public var wordTimestamps: Bool
    public var windowClipTime: Float
    public var compressionRatioThreshold: Float?
    public var logProbThreshold: Float?
    public var firstTokenLogProbThreshold: Float?
    public var concurrentWorkerCount: Int
    public var chunkingStrategy: ChunkingStrategy?

    public init(
        task: DecodingTask = .transcribe, language: String? = nil, temperature: Float = 0.0,
        temperatureIncrementOnFallback: Float = 0.2, temperatureFallbackCount: Int = 5,
        usePrefillPrompt: Bool = true, detectLanguage: Bool? = nil, skipSpecialTokens: Bool = false,
        wordTimestamps: Bool = false, windowClipTime: Float = 1.0,
        compressionRatioThreshold: Float? = 2.4, logProbThreshold: Float? = -1.0,
        firstTokenLogProbThreshold: Float? = -1.5,
        concurrentWorkerCount: Int? = nil, chunkingStrategy: ChunkingStrategy? = nil
    ) {
        self.language = language
        self.temperatureIncrementOnFallback = temperatureIncrementOnFallback
        self.temperatureFallbackCount = temperatureFallbackCount
        self.detectLanguage = detectLanguage ?? !usePrefillPrompt
        self.wordTimestamps = wordTimestamps
        self.windowClipTime = windowClipTime
        self.compressionRatioThreshold = compressionRatioThreshold
        self.logProbThreshold = logProbThreshold
        self.firstTokenLogProbThreshold = firstTokenLogProbThreshold
        self.concurrentWorkerCount = concurrentWorkerCount ?? 16  // as on macOS
        self.chunkingStrategy = chunkingStrategy
    }
}

public enum Constants {
    public static let languageCodes: Set<String> = ["en", "de", "fr", "ja", "pt", "yue"]
}
