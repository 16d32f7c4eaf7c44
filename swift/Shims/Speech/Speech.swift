import AVFoundation
import Foundation

// As much of Apple's Speech of macOS 26 as the adapter calls, declared as in its documentation.

public protocol SpeechModule: AnyObject, Sendable {}

public struct AnalyzerInput: Sendable {
    public let buffer: AVAudioPCMBuffer

    public init(buffer: AVAudioPCMBuffer) { self.buffer = buffer }
}

/// What the shim pretends of the machine; tests set it.
public enum ShimSystem {
    nonisolated(unsafe) public static var isAvailable = true
    nonisolated(unsafe) public static var reserved: [Locale] = []
    nonisolated(unsafe) public static var pieces: [Int] = []
}

public final class AssetInventory {
    public enum Status: Sendable { case unsupported, supported, downloading, installed }

    /// English is installed from the start, and reserved by nobody.
    public static func status(forModules modules: [any SpeechModule]) async -> Status {
        modules.allSatisfy { ($0 as? SpeechTranscriber)?.language == "en" }
            ? .installed : .supported
    }

    public static func assetInstallationRequest(
        supporting modules: [any SpeechModule]
    ) async throws -> AssetInstallationRequest? { nil }

    public static var maximumReservedLocales: Int { 2 }
    public static var reservedLocales: [Locale] { get async { ShimSystem.reserved } }

    @discardableResult
    public static func reserve(locale: Locale) async throws -> Bool {
        guard !ShimSystem.reserved.contains(locale) else { return false }
        guard ShimSystem.reserved.count < maximumReservedLocales else {
            throw ShimSpeechError(description: "too many locales are reserved")
        }
        ShimSystem.reserved.append(locale)
        return true
    }

    @discardableResult
    public static func release(reservedLocale: Locale) async -> Bool {
        defer { ShimSystem.reserved.removeAll { $0 == reservedLocale } }
        return ShimSystem.reserved.contains(reservedLocale)
    }
}

public struct ShimSpeechError: Error, CustomStringConvertible { public let description: String }

public final class AssetInstallationRequest: Sendable {
    public func downloadAndInstall() async throws {}
}

/// Deterministic: says how many samples it heard. A finished one cannot be used again, and one
/// whose locale nobody reserved not at all.
public actor SpeechAnalyzer {
    public struct Options: Sendable {
        public enum ModelRetention: Sendable { case whileInUse, lingering, processLifetime }

        public init(priority: TaskPriority, modelRetention: ModelRetention) {}
    }

    private let modules: [any SpeechModule]
    private var heard = 0
    private var isFinished = false

    public init(modules: [any SpeechModule], options: Options? = nil) { self.modules = modules }

    public static func bestAvailableAudioFormat(
        compatibleWith modules: [any SpeechModule]
    ) async -> AVAudioFormat? {
        AVAudioFormat(
            commonFormat: .pcmFormatInt16, sampleRate: 16_000, channels: 1, interleaved: true)
    }

    public func prepareToAnalyze(in audioFormat: AVAudioFormat?) async throws { try check() }

    public func analyzeSequence<InputSequence>(
        _ inputSequence: InputSequence
    ) async throws -> CMTime?
    where InputSequence: Sendable & AsyncSequence, InputSequence.Element == AnalyzerInput {
        precondition(!isFinished, "a finished analyzer cannot be used again")
        try check()
        ShimSystem.pieces = []
        for try await input in inputSequence {
            heard += Int(input.buffer.frameLength)
            ShimSystem.pieces.append(Int(input.buffer.frameLength))
            for case let transcriber as SpeechTranscriber in modules { transcriber.guess(heard) }
        }
        return CMTime(seconds: Double(heard) / 16_000, preferredTimescale: 16_000)
    }

    public func finalizeAndFinish(through time: CMTime) async throws {
        isFinished = true
        for case let transcriber as SpeechTranscriber in modules {
            transcriber.say(heard, until: time)
        }
    }

    public func cancelAndFinishNow() async {
        isFinished = true
        for case let transcriber as SpeechTranscriber in modules { transcriber.end() }
    }

    private func check() throws {
        for case let transcriber as SpeechTranscriber in modules
        where !ShimSystem.reserved.contains(transcriber.locale) {
            throw ShimSpeechError(description: "Cannot use modules with unallocated locales")
        }
    }
}
