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
    public let int16ChannelData: UnsafePointer<UnsafeMutablePointer<Int16>>?
    public let floatChannelData: UnsafePointer<UnsafeMutablePointer<Float>>?

    public init?(pcmFormat format: AVAudioFormat, frameCapacity: AVAudioFrameCount) {
        self.format = format
        let count = Int(frameCapacity)
        int16ChannelData = format.commonFormat == .pcmFormatInt16 ? Self.channel(count) : nil
        floatChannelData = format.commonFormat == .pcmFormatFloat32 ? Self.channel(count) : nil
    }

    deinit {
        int16ChannelData.map {
            $0.pointee.deallocate()
            $0.deallocate()
        }
        floatChannelData.map {
            $0.pointee.deallocate()
            $0.deallocate()
        }
    }

    private static func channel<Sample>(_ count: Int) -> UnsafePointer<UnsafeMutablePointer<Sample>>
    {
        let list = UnsafeMutablePointer<UnsafeMutablePointer<Sample>>.allocate(capacity: 1)
        list.initialize(to: .allocate(capacity: count))
        return UnsafePointer(list)
    }
}
