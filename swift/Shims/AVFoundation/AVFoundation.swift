// As much of Apple's framework, and of the CoreMedia it exports, as the adapter calls.

public struct CMTime: Sendable {
    public var seconds: Double

    public init(seconds: Double, preferredTimescale: Int32) { self.seconds = seconds }
}

public struct CMTimeRange: Sendable, Hashable {
    public static func == (one: CMTimeRange, other: CMTimeRange) -> Bool {
        one.start.seconds == other.start.seconds && one.end.seconds == other.end.seconds
    }

    public var start: CMTime
    public var end: CMTime

    public init(start: CMTime, end: CMTime) { (self.start, self.end) = (start, end) }

    public func hash(into hasher: inout Hasher) { hasher.combine(start.seconds) }
}

public typealias AVAudioFrameCount = UInt32
public typealias AVAudioChannelCount = UInt32

public enum AVAudioCommonFormat: Sendable { case otherFormat, pcmFormatFloat32, pcmFormatInt16 }

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
