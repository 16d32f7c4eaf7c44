@preconcurrency import AVFoundation
import CoreML
import FluidAudio
import Foundation
import RunnerHost

/// One of the library's models whose encoder streams, loaded: Parakeet EOU 120M in pieces of 160 ms,
/// or Nemotron Speech Streaming 0.6B in pieces as long as its folder says.
struct StreamingParakeet: Sendable {
    let kind: Kind
    /// Samples that it decodes at once.
    let piece: Int

    private let manager: any StreamingAsrManager

    enum Kind: String {
        case eou = "parakeet-eou-120m"
        case nemotron = "nemotron-streaming-0.6b"

        /// Nil for a folder of another model.
        init?(_ folder: String) {
            let files = FileManager.default
            if files.fileExists(atPath: "\(folder)/streaming_encoder.mlmodelc") {
                self = .eou
            } else if files.fileExists(atPath: "\(folder)/encoder/encoder_int8.mlmodelc") {
                self = .nemotron
            } else {
                return nil
            }
        }

        /// The library would fetch what is missing.
        func require(in folder: String) throws {
            let (networks, others) =
                switch self {
                case .eou: (["streaming_encoder", "decoder", "joint_decision"], ["vocab.json"])
                case .nemotron:
                    (
                        ["preprocessor", "encoder/encoder_int8", "decoder", "joint"],
                        ["metadata.json", "tokenizer.json"]
                    )
                }
            try ModelFolder.require(
                networks.map { "\($0).mlmodelc/coremldata.bin" } + others, in: folder)
        }

        /// Refuse what is for Parakeet TDT alone, or what this one has not.
        func check(_ options: Options) throws {
            guard options.precision == nil || self == .nemotron && options.precision == "int8" else {
                throw Refusal.unsupported("no precision \(options.precision ?? "") of \(rawValue)")
            }
            guard options.terms?.isEmpty ?? true else {
                throw Refusal.unsupported("terms are heard with Parakeet TDT only")
            }
            guard !options.words else {
                throw Refusal.unsupported("no word times of \(rawValue) yet")
            }
            if let other = options.extra.keys.filter({ $0 != "computeUnits" }).min() {
                throw Refusal.unsupported("\(other) acts with Parakeet TDT only")
            }
        }
    }

    init(_ kind: Kind, in folder: String, _ units: ComputeUnits) async throws {
        self.kind = kind
        let place = URL(fileURLWithPath: folder, isDirectory: true)
        let configuration = MLModelConfiguration()
        configuration.computeUnits = units.units
        switch kind {
        case .eou:
            let loaded = StreamingEouAsrManager(configuration: configuration, chunkSize: .ms160)
            try await loaded.loadModels(from: place)
            (manager, piece) = (loaded, StreamingChunkSize.ms160.chunkSamples)
        case .nemotron:
            let loaded = StreamingNemotronAsrManager(configuration: configuration)
            try await loaded.loadModels(from: place)
            (manager, piece) = (loaded, await loaded.config.chunkSamples)
        }
    }

    var resolved: Settings {
        Settings.chunking("fixed", seconds: Double(piece) / Double(Samples.rate)).merging([
            "model": .string(kind.rawValue), "compute_type": kind == .nemotron ? "int8" : nil,
        ])
    }

    /// Forget all it has heard.
    func reset() async throws { try await manager.reset() }

    /// Decode every whole piece that there is, with these new samples; return the text so far.
    func hear(_ samples: Samples, _ range: Range<Int>) async throws -> String {
        if !range.isEmpty { try await manager.appendAudio(samples.buffer(of: range)) }
        try await manager.processBufferedAudio()
        return await manager.getPartialTranscript()
    }

    /// Fill the last piece up with silence, as the library does; return the text.
    func finish() async throws -> String { try await manager.finish() }
}

/// Hears one stream. It decodes greedily and takes no word back: what is there stands.
actor ParakeetListener: Listener {
    nonisolated let resolved: Settings

    private let samples: Samples
    private let model: StreamingParakeet
    private let show: Show
    private var heard = 0
    private var stood = ""

    init(_ samples: Samples, _ model: StreamingParakeet, _ show: @escaping Show) {
        (self.samples, self.model, self.show) = (samples, model, show)
        let seconds = Double(model.piece) / Double(Samples.rate)
        resolved = ["policy": .string(native), "chunk_seconds": .number(seconds)]
    }

    func hear(_ count: Int) async throws {
        let text = try await take(count)
        let isMore = text.hasPrefix(stood)
        let more = isMore ? String(text.dropFirst(stood.count)) : ""
        if isMore { stood = text }
        show(Shown(stands: more, heard: count / model.piece * model.piece))
    }

    func finish(_ count: Int) async throws -> Transcription {
        _ = try await take(count)
        return .of(try await model.finish(), seconds: Double(count) / Double(Samples.rate))
    }

    private func take(_ count: Int) async throws -> String {
        defer { heard = count }
        return try await model.hear(samples, heard..<count)
    }
}

extension Transcription {
    /// One without times but the clip's own.
    static func of(_ text: String, seconds: Double) -> Transcription {
        let whole = Segment(start: 0, end: seconds, text: text)
        return Transcription(text: text, segments: text.isEmpty ? [] : [whole])
    }
}

extension Samples {
    /// A copy of some of them as Apple's frameworks hand audio on.
    func buffer(of range: Range<Int>) throws -> AVAudioPCMBuffer {
        let length = AVAudioFrameCount(range.count)
        guard
            let format = AVAudioFormat(
                commonFormat: .pcmFormatFloat32, sampleRate: Double(Self.rate), channels: 1,
                interleaved: false),
            let copy = AVAudioPCMBuffer(pcmFormat: format, frameCapacity: length),
            let floats = copy.floatChannelData
        else {
            throw Refusal.outOfMemory("no buffer for \(length) samples")
        }
        copy.frameLength = length
        floats.pointee.update(from: buffer.baseAddress! + range.lowerBound, count: range.count)
        return copy
    }
}
