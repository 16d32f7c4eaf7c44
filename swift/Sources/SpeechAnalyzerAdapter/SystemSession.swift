#if canImport(Speech)
@preconcurrency import AVFoundation
import Foundation
import RunnerHost
import RunnerProtocol
import Speech

/// One language of the system's transcriber, its assets installed and its model in memory.
@available(macOS 26, *)
struct SystemSession: AnalyzerSession {
    private let locale: Locale
    private let format: AVAudioFormat
    private let words: Bool

    /// The model outlives an analyzer, of which every clip needs a new one.
    private static var analysis: SpeechAnalyzer.Options {
        SpeechAnalyzer.Options(priority: .userInitiated, modelRetention: .processLifetime)
    }

    init(_ options: Options) async throws {
        try options.refusePrecision()
        guard options.device == "auto" else {
            throw Refusal.unsupported("the system chooses the device of SpeechAnalyzer")
        }
        guard let language = options.language else {
            throw Refusal.unsupported("SpeechAnalyzer detects no language: it must be told one")
        }
        try Extra(options.extra).finish()
        words = options.words
        locale = try await Self.locale(language)
        let transcriber = Self.transcriber(locale, words: words)
        guard await AssetInventory.status(forModules: [transcriber]) == .installed,
            let format = await SpeechAnalyzer.bestAvailableAudioFormat(compatibleWith: [
                transcriber
            ])
        else {
            throw Refusal.badModel(
                "the system has no speech model for \(locale.identifier): "
                    + "speechanalyzer-runner --install \(language)"
            )
        }
        guard format.sampleRate == Double(Samples.rate), format.channelCount == 1 else {
            throw Refusal.unsupported(
                "SpeechAnalyzer wants \(format) here, and clips are 16 kHz mono")
        }
        self.format = format
        let analyzer = SpeechAnalyzer(modules: [transcriber], options: Self.analysis)
        try await analyzer.prepareToAnalyze(in: format)
        await analyzer.cancelAndFinishNow()
    }

    var resolved: Settings {
        let running: Settings = [
            "device": "the system's choice", "library": .string(Machine.system),
            "locale": .string(locale.identifier), "words": .bool(words),
            "sample_format": .string("\(format.commonFormat)"),
        ]
        return running.merging(.chunking("whole", seconds: nil))
    }

    /// Transcribe with a new analyzer, which is part of the time: a finished one is of no more use.
    func transcribe(_ samples: Samples) async throws -> Transcription {
        let clock = SuspendingClock()
        let started = clock.now
        let transcriber = Self.transcriber(locale, words: words)
        let analyzer = SpeechAnalyzer(modules: [transcriber], options: Self.analysis)
        let input = AnalyzerInput(buffer: try samples.buffer(in: format))
        let heard = Task {
            var phrases: [Phrase] = []
            var first: Double?
            for try await result in transcriber.results where result.isFinal {
                first = first ?? (clock.now - started).seconds
                phrases.append(Phrase(result))
            }
            return (phrases, first)
        }
        let stream = AsyncStream<AnalyzerInput> {
            $0.yield(input)
            $0.finish()
        }
        if let end = try await analyzer.analyzeSequence(stream) {
            try await analyzer.finalizeAndFinish(through: end)
        } else {
            await analyzer.cancelAndFinishNow()
        }
        let (phrases, first) = try await heard.value
        return Transcription(
            text: phrases.map(\.whole.text).joined(),
            language: locale.language.languageCode?.identifier,
            segments: phrases.map(\.whole), firstSegmentSeconds: first,
            words: words ? phrases.flatMap(\.words) : nil)
    }

    static func install(_ language: String) async throws {
        let transcriber = transcriber(try await locale(language), words: false)
        try await AssetInventory.assetInstallationRequest(supporting: [transcriber])?
            .downloadAndInstall()
    }

    private static func locale(_ language: String) async throws -> Locale {
        let wanted = Locale(identifier: language == "en" ? "en-US" : language)
        guard SpeechTranscriber.isAvailable,
            let locale = await SpeechTranscriber.supportedLocale(equivalentTo: wanted)
        else {
            throw Refusal.unsupported(
                "SpeechAnalyzer does not know the language \(language) here")
        }
        return locale
    }

    private static func transcriber(_ locale: Locale, words: Bool) -> SpeechTranscriber {
        SpeechTranscriber(
            locale: locale, transcriptionOptions: [], reportingOptions: [],
            attributeOptions: words ? [.audioTimeRange] : [])
    }
}
#endif
