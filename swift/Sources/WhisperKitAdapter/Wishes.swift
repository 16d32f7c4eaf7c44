import ComputeUnits
import Foundation
import RunnerHost
import RunnerProtocol
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
    let chunking: Chunking
    let workers: Int
    let temperature, temperatureIncrement: Double
    let fallbacks: Int
    let clipSeconds: Double
    let compressionRatio, logProb, firstLogProb, noSpeech: Double?

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
        noSpeech = try extra.take("noSpeechThreshold", absent: library.noSpeechThreshold?.plain)
        try extra.finish()
        settings = extra.taken
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
    func decoding(for decoder: any TextDecoding) throws -> DecodingOptions {
        if words, !decoder.supportsWordTimestamps {
            throw Refusal.unsupported("this checkpoint has no word timestamps")
        }
        return DecodingOptions(
            task: .transcribe, language: try choose(multilingual: decoder.isModelMultilingual),
            temperature: Float(temperature),
            temperatureIncrementOnFallback: Float(temperatureIncrement),
            temperatureFallbackCount: fallbacks, usePrefillPrompt: true,
            detectLanguage: language == nil, skipSpecialTokens: true, wordTimestamps: words,
            windowClipTime: Float(clipSeconds),
            compressionRatioThreshold: compressionRatio.map { Float($0) },
            logProbThreshold: logProb.map { Float($0) },
            firstTokenLogProbThreshold: firstLogProb.map { Float($0) },
            noSpeechThreshold: noSpeech.map { Float($0) }, concurrentWorkerCount: workers,
            chunkingStrategy: chunking == .vad ? .vad : nil)
    }

    private func choose(multilingual: Bool) throws -> String? {
        guard let language else { return multilingual ? nil : "en" }
        if !multilingual, language != "en" {
            throw Refusal.unsupported(
                "this checkpoint is English-only and cannot transcribe \(language)")
        }
        guard Constants.languageCodes.contains(language) else {
            let known = Constants.languageCodes.sorted().joined(separator: ", ")
            throw Refusal.unsupported("no language \(language); there are: \(known)")
        }
        return language
    }
}

extension Float {
    /// As people write it: 0.2, and not the 0.20000000298 that a double makes of it.
    var plain: Double { Double(description) ?? Double(self) }
}
