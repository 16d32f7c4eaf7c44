@preconcurrency import AVFoundation
import Foundation
import RunnerHost
import Speech

/// A result of the transcriber: its text over its time, and its words where they were asked for.
@available(macOS 26, *)
struct Phrase: Sendable {
    let whole: Segment
    let words: [Segment]

    init(_ result: SpeechTranscriber.Result) {
        whole = Segment(
            start: result.range.start.seconds, end: result.range.end.seconds,
            text: String(result.text.characters))
        words = result.text.runs.compactMap { run in
            guard let range = run.audioTimeRange else { return nil }
            let text = String(result.text[run.range].characters)
            return Segment(start: range.start.seconds, end: range.end.seconds, text: text)
        }
    }
}

extension Samples {
    /// Copies of a second each at most in the analyzer's format, for it converts nothing: 16 bits,
    /// or floats as they are.
    @available(macOS 26, *)
    func pieces(_ range: Range<Int>, in format: AVAudioFormat) throws -> [AnalyzerInput] {
        try stride(from: range.lowerBound, to: range.upperBound, by: Self.rate).map { start in
            let heard = UnsafeBufferPointer(
                rebasing: buffer[start..<Swift.min(start + Self.rate, range.upperBound)])
            return AnalyzerInput(buffer: try copy(heard, in: format))
        }
    }

    private func copy(
        _ heard: UnsafeBufferPointer<Float>, in format: AVAudioFormat
    ) throws -> AVAudioPCMBuffer {
        let length = AVAudioFrameCount(heard.count)
        guard let copy = AVAudioPCMBuffer(pcmFormat: format, frameCapacity: length) else {
            throw Refusal.outOfMemory("no buffer for \(length) samples")
        }
        copy.frameLength = length
        if let floats = copy.floatChannelData {
            floats.pointee.update(from: heard.baseAddress!, count: heard.count)
        } else if let integers = copy.int16ChannelData {
            for index in heard.indices { integers.pointee[index] = heard[index].asInt16 }
        } else {
            throw Refusal.unsupported(
                "SpeechAnalyzer wants \(format.commonFormat.name) here, and clips are floats")
        }
        return copy
    }
}

extension AVAudioCommonFormat {
    /// Its name; Swift prints a number for an enum of Objective-C.
    var name: String {
        switch self {
        case .pcmFormatFloat32: "float32"
        case .pcmFormatInt16: "int16"
        default: "format \(rawValue)"
        }
    }
}

extension Float {
    /// Full scale is 1; what is over it is cut, what is no number is silence.
    var asInt16: Int16 {
        isNaN ? 0 : Int16((Swift.min(Swift.max(self, -1), 1) * 32_767).rounded())
    }
}
