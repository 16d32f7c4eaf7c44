import AVFoundation
import Foundation

// As much of Apple's Speech of macOS 26 as the adapter calls, declared as in its documentation.

public protocol SpeechModule: AnyObject, Sendable {}

public struct AnalyzerInput: Sendable {
    public let buffer: AVAudioPCMBuffer

    public init(buffer: AVAudioPCMBuffer) { self.buffer = buffer }
}

public final class AssetInventory {
    public enum Status: Sendable { case unsupported, supported, downloading, installed }

    public static func status(forModules modules: [any SpeechModule]) async -> Status { .installed }

    public static func assetInstallationRequest(
        supporting modules: [any SpeechModule]
    ) async throws -> AssetInstallationRequest? { nil }
}

public final class AssetInstallationRequest: Sendable {
    public func downloadAndInstall() async throws {}
}

/// Deterministic: says how many samples it heard. A finished one cannot be used again.
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

    public func prepareToAnalyze(in audioFormat: AVAudioFormat?) async throws {}

    public func analyzeSequence<InputSequence>(
        _ inputSequence: InputSequence
    ) async throws -> CMTime?
    where InputSequence: Sendable & AsyncSequence, InputSequence.Element == AnalyzerInput {
        precondition(!isFinished, "a finished analyzer cannot be used again")
        for try await input in inputSequence { heard += Int(input.buffer.frameLength) }
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
}
