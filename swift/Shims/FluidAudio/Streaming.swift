import AVFoundation
import CoreML
import Foundation

// As much of FluidAudio 0.15.6's models that stream as the adapter calls.

public protocol StreamingAsrManager: Actor {
    func appendAudio(_ buffer: AVAudioPCMBuffer) throws
    func processBufferedAudio() async throws
    func finish() async throws -> String
    func reset() async throws
    func getPartialTranscript() -> String
}

public enum StreamingChunkSize: Sendable {
    case ms160

    public var chunkSamples: Int { 2_560 }
}

/// Deterministic: says a number for each piece that it decoded. `finish` fills the last one up.
struct Pieces {
    let length: Int
    private var waiting = 0
    private var decoded = 0

    init(of length: Int) { self.length = length }

    mutating func append(_ buffer: AVAudioPCMBuffer) { waiting += Int(buffer.frameLength) }

    mutating func process() {
        decoded += waiting / length
        waiting %= length
    }

    mutating func finish() -> String {
        if waiting > 0 { decoded += 1 }
        defer { self = Pieces(of: length) }
        return text
    }

    var text: String { (0..<decoded).map(String.init).joined(separator: " ") }
}

public actor StreamingEouAsrManager: StreamingAsrManager {
    private var pieces: Pieces
    private var isLoaded = false

    public init(
        configuration: MLModelConfiguration = MLModelConfiguration(),
        chunkSize: StreamingChunkSize = .ms160
    ) {
        pieces = Pieces(of: chunkSize.chunkSamples)
    }

    public func loadModels(from directory: URL) async throws { isLoaded = true }

    public func appendAudio(_ buffer: AVAudioPCMBuffer) throws { pieces.append(buffer) }

    public func processBufferedAudio() async throws {
        guard isLoaded else { throw ASRError.notInitialized }
        pieces.process()
    }

    public func finish() async throws -> String { pieces.finish() }

    public func reset() async { pieces = Pieces(of: pieces.length) }

    public func getPartialTranscript() -> String { pieces.text }
}

public struct NemotronStreamingConfig: Sendable {
    public var chunkSamples: Int { 17_920 }
}

public actor StreamingNemotronAsrManager: StreamingAsrManager {
    public private(set) var config = NemotronStreamingConfig()
    private var pieces: Pieces
    private var isLoaded = false

    public init(configuration: MLModelConfiguration? = nil) {
        pieces = Pieces(of: 17_920)
    }

    public func loadModels(from directory: URL) async throws { isLoaded = true }

    public func appendAudio(_ buffer: AVAudioPCMBuffer) throws { pieces.append(buffer) }

    public func processBufferedAudio() async throws {
        guard isLoaded else { throw ASRError.notInitialized }
        pieces.process()
    }

    public func finish() async throws -> String { pieces.finish() }

    public func reset() async { pieces = Pieces(of: pieces.length) }

    public func getPartialTranscript() -> String { pieces.text }
}
