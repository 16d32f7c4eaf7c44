@preconcurrency import AVFoundation
import Foundation
import RunnerHost
import Speech

/// One language of the system's transcriber, reserved, its assets installed, its model in memory.
@available(macOS 26, *)
struct SystemSession: Sendable {
    private let locale: Locale
    private let format: AVAudioFormat
    private let words: Bool
    /// Whether the reservation is this session's own: what `install` reserved stays.
    private let isOwn: Bool

    /// The model outlives an analyzer, of which every clip needs a new one.
    private static var analysis: SpeechAnalyzer.Options {
        SpeechAnalyzer.Options(priority: .userInitiated, modelRetention: .processLifetime)
    }

    /// Refuse what it can do in no language.
    static func require(_ options: Options) throws {
        try options.refusePrecision()
        guard options.device == "auto" else {
            throw Refusal.unsupported("the system chooses the device of SpeechAnalyzer")
        }
        try Extra(options.extra).finish()
    }

    init(_ options: Options) async throws {
        try Self.require(options)
        guard let language = options.language else {
            throw Refusal.unsupported("SpeechAnalyzer detects no language: it must be told one")
        }
        words = options.words
        locale = try await Self.locale(language)
        isOwn = try await Self.reserve(locale)
        do {
            format = try await Self.prepare(language, Self.transcriber(locale, words: words))
        } catch {
            if isOwn { await AssetInventory.release(reservedLocale: locale) }
            throw error
        }
    }

    /// Bring the model into memory; return the format that it wants.
    private static func prepare(
        _ language: String, _ transcriber: SpeechTranscriber
    ) async throws -> AVAudioFormat {
        guard await AssetInventory.status(forModules: [transcriber]) == .installed,
            let format = await SpeechAnalyzer.bestAvailableAudioFormat(compatibleWith: [
                transcriber
            ])
        else {
            throw Refusal.badModel(
                "the system has no speech model for \(language): "
                    + "speechanalyzer-runner --install \(language)"
            )
        }
        guard format.sampleRate == Double(Samples.rate), format.channelCount == 1 else {
            throw Refusal.unsupported(
                "SpeechAnalyzer wants \(format) here, and clips are 16 kHz mono")
        }
        let analyzer = SpeechAnalyzer(modules: [transcriber], options: analysis)
        try await analyzer.prepareToAnalyze(in: format)
        await analyzer.cancelAndFinishNow()
        return format
    }

    var resolved: Settings {
        Settings.chunking("whole", seconds: nil).merging([
            "device": "the system's choice", "library": .string(Machine.system),
            "locale": .string(locale.identifier), "words": .bool(words),
            "sample_format": .string(format.commonFormat.name),
        ])
    }

    /// Transcribe with a new analyzer, which is part of the time: a finished one is of no more use.
    func transcribe(_ samples: Samples) async throws -> Transcription {
        let clock = SuspendingClock()
        let started = clock.now
        let transcriber = Self.transcriber(locale, words: words)
        let analyzer = SpeechAnalyzer(modules: [transcriber], options: Self.analysis)
        let pieces = try samples.pieces(0..<samples.count, in: format)
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
            for piece in pieces { $0.yield(piece) }
            $0.finish()
        }
        if let end = try await analyzer.analyzeSequence(stream) {
            try await analyzer.finalizeAndFinish(through: end)
        } else {
            await analyzer.cancelAndFinishNow()
        }
        let (phrases, first) = try await heard.value
        return transcription(phrases, first: first)
    }

    /// Open a stream, on a new analyzer, which also reports what it may still revise.
    func listen(_ samples: Samples, _ show: @escaping Show) async throws -> any Listener {
        let transcriber = Self.transcriber(locale, words: words, live: true)
        let analyzer = SpeechAnalyzer(modules: [transcriber], options: Self.analysis)
        let stream = SystemStream(samples, format, analyzer, show) { transcription($0, first: nil) }
        await stream.begin(transcriber)
        return stream
    }

    private func transcription(_ phrases: [Phrase], first: Double?) -> Transcription {
        Transcription(
            text: phrases.map(\.whole.text).joined(),
            language: locale.language.languageCode?.identifier,
            segments: phrases.map(\.whole), firstSegmentSeconds: first,
            words: words ? phrases.flatMap(\.words) : nil)
    }

    func close() async {
        if isOwn { await AssetInventory.release(reservedLocale: locale) }
    }

    /// Reserve a language and download its model; the reservation keeps the system from deleting it.
    static func install(_ language: String) async throws {
        let locale = try await locale(language)
        _ = try await reserve(locale)
        try await AssetInventory.assetInstallationRequest(
            supporting: [transcriber(locale, words: false)])?.downloadAndInstall()
    }

    /// Reserve the locale, without which the analyzer refuses even a language that is installed;
    /// tell whether it was not reserved before. Where all places are taken, one is given up.
    private static func reserve(_ locale: Locale) async throws -> Bool {
        let reserved = await AssetInventory.reservedLocales
        let names = reserved.map { $0.identifier(.bcp47) }
        if names.contains(locale.identifier(.bcp47)) { return false }
        if let oldest = reserved.first, reserved.count >= AssetInventory.maximumReservedLocales {
            await AssetInventory.release(reservedLocale: oldest)
        }
        return try await AssetInventory.reserve(locale: locale)
    }

    private static func locale(_ language: String) async throws -> Locale {
        guard SpeechTranscriber.isAvailable else {
            throw Refusal.unsupported("this Mac's system has no SpeechAnalyzer available")
        }
        let wanted = Locale(identifier: language == "en" ? "en-US" : language)
        guard let locale = await SpeechTranscriber.supportedLocale(equivalentTo: wanted) else {
            throw Refusal.unsupported(
                "SpeechAnalyzer does not know the language \(language) here")
        }
        return locale
    }

    private static func transcriber(
        _ locale: Locale, words: Bool, live: Bool = false
    ) -> SpeechTranscriber {
        SpeechTranscriber(
            locale: locale, transcriptionOptions: [],
            reportingOptions: live ? [.volatileResults] : [],
            attributeOptions: words ? [.audioTimeRange] : [])
    }
}
