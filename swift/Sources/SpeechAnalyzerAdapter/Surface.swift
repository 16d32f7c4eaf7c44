#if canImport(Speech)
@preconcurrency import AVFoundation
import Foundation
import Speech

/// Every call of Apple's Speech that the adapter makes, with its type spelled out.
///
/// Nothing runs this: it is compiled against the shim and against the real framework, so that
/// neither can differ from what is written here.
@available(macOS 26, *)
enum Surface {
    static func transcriber(_ locale: Locale) -> SpeechTranscriber {
        SpeechTranscriber(
            locale: locale, transcriptionOptions: [], reportingOptions: [],
            attributeOptions: [.audioTimeRange])
    }

    static func locale(_ locale: Locale) async -> Locale? {
        guard SpeechTranscriber.isAvailable as Bool else { return nil }
        return await SpeechTranscriber.supportedLocale(equivalentTo: locale)
    }

    static func isInstalled(_ modules: [any SpeechModule]) async -> Bool {
        await AssetInventory.status(forModules: modules) == .installed
    }

    static func install(_ modules: [any SpeechModule]) async throws {
        let request: AssetInstallationRequest? =
            try await AssetInventory.assetInstallationRequest(
                supporting: modules)
        try await request?.downloadAndInstall()
    }

    static func format(_ modules: [any SpeechModule]) async -> AVAudioFormat? {
        await SpeechAnalyzer.bestAvailableAudioFormat(compatibleWith: modules)
    }

    static func analyzer(_ modules: [any SpeechModule]) -> SpeechAnalyzer {
        SpeechAnalyzer(
            modules: modules,
            options: SpeechAnalyzer.Options(
                priority: .userInitiated, modelRetention: .processLifetime))
    }

    static func analyze(
        _ analyzer: SpeechAnalyzer, _ format: AVAudioFormat?, _ buffer: AVAudioPCMBuffer
    ) async throws {
        try await analyzer.prepareToAnalyze(in: format)
        let input = AnalyzerInput(buffer: buffer)
        let stream = AsyncStream<AnalyzerInput> {
            $0.yield(input)
            $0.finish()
        }
        let end: CMTime? = try await analyzer.analyzeSequence(stream)
        if let end { try await analyzer.finalizeAndFinish(through: end) }
        await analyzer.cancelAndFinishNow()
    }

    static func read(_ transcriber: SpeechTranscriber) async throws -> [(
        AttributedString, CMTimeRange, Bool
    )] {
        var found: [(AttributedString, CMTimeRange, Bool)] = []
        for try await result in transcriber.results {
            found.append((result.text, result.range, result.isFinal))
        }
        return found
    }

    static func times(_ text: AttributedString) -> [CMTimeRange?] {
        text.runs.map { $0.audioTimeRange }
    }

    static func read(_ range: CMTimeRange) -> (Double, Double) {
        (range.start.seconds, range.end.seconds)
    }

    static func read(_ format: AVAudioFormat) -> (
        Double, AVAudioChannelCount, AVAudioCommonFormat
    ) {
        (format.sampleRate, format.channelCount, format.commonFormat)
    }

    static func buffer(_ format: AVAudioFormat, _ count: AVAudioFrameCount) -> AVAudioPCMBuffer? {
        let buffer = AVAudioPCMBuffer(pcmFormat: format, frameCapacity: count)
        buffer?.frameLength = count
        return buffer
    }

    static func channels(
        _ buffer: AVAudioPCMBuffer
    ) -> (
        UnsafePointer<UnsafeMutablePointer<Float>>?, UnsafePointer<UnsafeMutablePointer<Int16>>?
    ) {
        (buffer.floatChannelData, buffer.int16ChannelData)
    }
}
#endif
