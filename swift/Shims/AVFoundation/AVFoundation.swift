// As much of Apple's framework, and of the CoreMedia it exports, as the adapter calls.

public struct CMTime: Sendable, Hashable {
    public var seconds: Double

    public init(seconds: Double, preferredTimescale: Int32) { self.seconds = seconds }
}

public struct CMTimeRange: Sendable, Hashable {
    public var start: CMTime
    public var end: CMTime

    public init(start: CMTime, end: CMTime) { (self.start, self.end) = (start, end) }
}

public typealias AVAudioFrameCount = UInt32
public typealias AVAudioChannelCount = UInt32

@frozen public enum AVAudioCommonFormat: UInt, Sendable {
    case otherFormat = 0
    case pcmFormatFloat32 = 1
    case pcmFormatFloat64 = 2
    case pcmFormatInt16 = 3
    case pcmFormatInt32 = 4
}

public final class AVAudioFormat: @unchecked Sendable {
    public let commonFormat: AVAudioCommonFormat
    public let sampleRate: Double
    public let channelCount: AVAudioChannelCount

    public init?(
        commonFormat: AVAudioCommonFormat, sampleRate: Double, channels: AVAudioChannelCount,
        interleaved: Bool
    ) {
        (self.commonFormat, self.sampleRate, channelCount) = (commonFormat, sampleRate, channels)
    }
}

public final class AVAudioPCMBuffer: @unchecked Sendable {
    public let format: AVAudioFormat
    public var frameLength: AVAudioFrameCount = 0

    private let channel: UnsafeMutableRawPointer
    private let channels: UnsafeMutablePointer<UnsafeMutableRawPointer>

    public init?(pcmFormat format: AVAudioFormat, frameCapacity: AVAudioFrameCount) {
        self.format = format
        (channel, channels) = (
            .allocate(byteCount: 4 * Int(frameCapacity), alignment: 8), .allocate(capacity: 1))
        channels.initialize(to: channel)
    }

    deinit {
        channels.deallocate()
        channel.deallocate()
    }

    public var int16ChannelData: UnsafePointer<UnsafeMutablePointer<Int16>>? {
        format.commonFormat == .pcmFormatInt16 ? UnsafePointer(OpaquePointer(channels)) : nil
    }

    public var floatChannelData: UnsafePointer<UnsafeMutablePointer<Float>>? {
        format.commonFormat == .pcmFormatFloat32 ? UnsafePointer(OpaquePointer(channels)) : nil
    }
}
