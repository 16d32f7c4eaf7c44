import Foundation
import RunnerHost
import WhisperKit

/// What was asked of WhisperKit, checked: the settings have the library's own names.
///
/// `recommended` is what the library does by itself. `parity` is greedy, at temperature 0 without
/// fallbacks, window after window, to the clip's very end.
struct Wishes {
    /// All of the library's own settings, as they will be used.
    let settings: Settings
    enum Chunking: String, CaseIterable { case none, vad }

    let language: String?
    let words: Bool
    let mel, encoder, decoder: ComputeUnits
    let prewarm: Bool
    private let chunking: Chunking
    private let workers: Int
    let temperature, temperatureIncrement: Double
    let fallbacks: Int
    let clipSeconds: Double
    let compressionRatio, logProb, firstLogProb: Double?

    init(_ options: Options) throws {
        (language, words) = (options.language, options.words)
        let library = DecodingOptions()
        let isParity = options.profile == .parity
        let units = try options.choose(
            auto: ComputeUnits.cpuAndNeuralEngine, cpu: .cpuOnly, gpu: .cpuAndGPU)
        var extra = Extra(options.extra)
        mel = try extra.take(
            "melCompute", absent: options.choose(auto: .cpuAndGPU, cpu: .cpuOnly, gpu: .cpuAndGPU))
        encoder = try extra.take("audioEncoderCompute", absent: units)
        decoder = try extra.take("textDecoderCompute", absent: units)
        prewarm = try extra.take("prewarm", absent: false)
        chunking = try extra.take("chunkingStrategy", absent: .none)
        workers = try extra.take(
            "concurrentWorkerCount", absent: library.concurrentWorkerCount, least: 1)
        temperature = try extra.take("temperature", absent: 0.0)
        temperatureIncrement = try extra.take(
            "temperatureIncrementOnFallback",
            absent: isParity ? 0 : library.temperatureIncrementOnFallback.plain)
        fallbacks = try extra.take(
            "temperatureFallbackCount", absent: isParity ? 0 : library.temperatureFallbackCount)
        clipSeconds = try extra.take(
            "windowClipTime", absent: isParity ? 0 : library.windowClipTime.plain)
        compressionRatio = try extra.take(
            "compressionRatioThreshold", absent: library.compressionRatioThreshold?.plain)
        logProb = try extra.take("logProbThreshold", absent: library.logProbThreshold?.plain)
        firstLogProb = try extra.take(
            "firstTokenLogProbThreshold",
            absent: isParity ? nil : library.firstTokenLogProbThreshold?.plain)
        try extra.finish()
        settings = extra.taken
    }

    /// Cut where speech pauses and many at once, or window after window.
    var chunks: Settings {
        chunking == .vad
            ? .chunking("fixed", seconds: 30, atOnce: workers)
            : .chunking("timestamps", seconds: 30)
    }

    /// How to load: from these folders, at once, and never from the network.
    func config(model: String, tokenizer: String) -> WhisperKitConfig {
        WhisperKitConfig(
            modelFolder: model,
            tokenizerFolder: URL(fileURLWithPath: tokenizer, isDirectory: true),
            computeOptions: ModelComputeOptions(
                melCompute: mel.units, audioEncoderCompute: encoder.units,
                textDecoderCompute: decoder.units),
            verbose: false, logLevel: .none, prewarm: prewarm, load: true, download: false)
    }

    /// How to decode; refused where this checkpoint cannot. Without a language WhisperKit takes
    /// English for granted unless it is told to detect one.
    func decoding(for decoder: any TextDecoding, prompt: [Int]? = nil) throws -> DecodingOptions {
        if words, !decoder.supportsWordTimestamps {
            throw Refusal.unsupported("this checkpoint has no word timestamps")
        }
        return DecodingOptions(
            task: .transcribe, language: try language(for: decoder),
            temperature: Float(temperature),
            temperatureIncrementOnFallback: Float(temperatureIncrement),
            temperatureFallbackCount: fallbacks, usePrefillPrompt: true,
            detectLanguage: language == nil, skipSpecialTokens: true, wordTimestamps: words,
            windowClipTime: Float(clipSeconds), promptTokens: prompt,
            compressionRatioThreshold: compressionRatio.map { Float($0) },
            logProbThreshold: logProb.map { Float($0) },
            firstTokenLogProbThreshold: firstLogProb.map { Float($0) },
            concurrentWorkerCount: workers, chunkingStrategy: chunking == .vad ? .vad : nil)
    }

    /// The size of the vocabulary from large-v3 on, which knows one language more.
    private static let wordsOfLarge3 = 51_866

    private func language(for decoder: any TextDecoding) throws -> String? {
        guard let language else { return decoder.isModelMultilingual ? nil : "en" }
        if !decoder.isModelMultilingual, language != "en" {
            throw Refusal.unsupported(
                "this checkpoint is English-only and cannot transcribe \(language)")
        }
        guard Constants.languageCodes.contains(language) else {
            let known = Constants.languageCodes.sorted().joined(separator: ", ")
            throw Refusal.unsupported("no language \(language); there are: \(known)")
        }
        // The library would put the unknown token in its place.
        if language == "yue", decoder.logitsSize != Self.wordsOfLarge3 {
            throw Refusal.unsupported("this checkpoint is older than large-v3: it has no yue")
        }
        return language
    }
}

extension Float {
    /// As people write it: 0.2, and not the 0.20000000298 that a double makes of it.
    var plain: Double { Double(description) ?? Double(self) }
}
