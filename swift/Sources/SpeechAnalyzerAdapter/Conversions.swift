#if canImport(Speech)
@preconcurrency import AVFoundation
import Foundation
import RunnerHost
import RunnerProtocol
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
    /// A copy in the analyzer's format, for it converts nothing: 16 bits, or floats as they are.
    @available(macOS 26, *)
    func buffer(in format: AVAudioFormat) throws -> AVAudioPCMBuffer {
        guard
            let copy = AVAudioPCMBuffer(
                pcmFormat: format, frameCapacity: AVAudioFrameCount(count))
        else {
            throw Refusal.outOfMemory("no buffer for \(count) samples")
        }
        copy.frameLength = AVAudioFrameCount(count)
        if let floats = copy.floatChannelData {
            floats.pointee.update(from: buffer.baseAddress!, count: count)
        } else if let integers = copy.int16ChannelData {
            for index in 0..<count { integers.pointee[index] = buffer[index].asInt16 }
        } else {
            throw Refusal.unsupported(
                "SpeechAnalyzer wants \(format) here, and clips are floats")
        }
        return copy
    }
}

extension Float {
    /// Full scale is 1; what is over it is cut, what is no number is silence.
    var asInt16: Int16 {
        isNaN ? 0 : Int16((Swift.min(Swift.max(self, -1), 1) * 32_767).rounded())
    }
}
#endif
